import type { CaseScreen, DeskState } from './desk/desk-state.ts'
import { stageOf } from './desk/desk-state.ts'
import { formatShare } from './language/format.ts'
import type { Language } from './language/language.ts'
import type { Messages } from './language/messages.ts'
import { punctuationOf } from './language/punctuation.ts'
import { meaningsIn } from './record/meanings.ts'

/** What a screen reader reads out when the page has changed by itself. */
export function announcementOf(state: DeskState, say: Messages, language: Language): string {
  const { screen, away, kept } = state
  const { stop, gap } = punctuationOf[language]
  if (away !== null) return [say.away.heading, heldAnswer(state, say), say.away.retrying].join(gap)
  const before = kept === null ? '' : `${say.kept(kept)}${stop}${gap}`
  if (screen.name === 'empty') return before + say.empty.heading
  if (screen.name === 'closed') return say.closed.heading
  if (screen.name === 'case') return before + announceCase(screen, say, language)
  return ''
}

/** That an answer is held while the node is away; empty when there is none. */
export function heldAnswer({ screen }: DeskState, say: Messages): string {
  return screen.name === 'case' && screen.sending !== null ? say.away.held(screen.sending.class) : ''
}

function announceCase({ review, marked, refused }: CaseScreen, say: Messages, language: Language): string {
  const { comma, stop, gap } = punctuationOf[language]
  if (refused !== null) return `${say.notTaken}${gap}${refused.detail}`
  const { suggestion, firstAnswer } = review
  const meanings = meaningsIn(review.schema, language)
  const named = (name: string): string => meanings.class(name) ?? name
  if (stageOf(review) === 'first' || suggestion === null || marked === null) {
    return say.spoken.newCase(review.agent, review.classes.map(named).join(comma))
  }
  const { suggestion: words } = say
  if (marked !== firstAnswer) return `${words.change(named(marked))}${stop}${gap}${words.noUndo}`
  return [
    say.spoken.suggests(named(suggestion.class), formatShare(suggestion.confidence, language)),
    suggestion.class === firstAnswer ? words.agree : words.disagree,
    words.noUndo,
  ].join(gap)
}
