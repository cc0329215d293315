import { type CaseView, Refusal, type ReviewView } from '@consort/protocol'
import type { AskedCase, CaseFile, PlainAnswer } from './case-file.ts'
import { type Judgement, operatorReviewer, type Reviewer } from './case-state.ts'

/** What the caller of an agent learns. */
export function askedView(asked: AskedCase): CaseView {
  return asked.kind === 'case' ? caseView(asked.file) : answerView(asked.answer)
}

function answerView({ decision, ...answer }: PlainAnswer): CaseView {
  return {
    id: answer.id,
    agent: answer.agent,
    state: 'answered',
    answer: { class: decision.class, by: 'agent' },
    confidence: decision.confidence,
    version: answer.version,
    threshold: decision.threshold,
    reason: decision.reason,
    asked: answer.asked,
    closed: answer.asked,
    revision: 1,
  }
}

/** What the caller learns of a case that was kept: while a person is asked, nothing of what the agent thinks. */
export function caseView(file: CaseFile): CaseView {
  const { decision, state } = file
  const isAnswered = state.kind === 'answered' || state.kind === 'closed'
  return {
    id: file.id,
    agent: file.agent,
    state: isAnswered ? 'answered' : state.kind === 'cancelled' ? 'cancelled' : 'deferred',
    answer: answerOf(file),
    confidence: isAnswered ? decision.confidence : null,
    version: file.version,
    threshold: decision.threshold,
    reason: state.kind === 'closed' ? 'expert-answered' : decision.reason,
    asked: file.asked,
    closed: closedAt(file),
    revision: file.revision,
  }
}

function answerOf({ decision, state }: CaseFile): CaseView['answer'] {
  if (state.kind === 'answered') return { class: decision.class, by: 'agent' }
  return state.kind === 'closed' ? { class: state.final.class, by: 'expert' } : null
}

function closedAt({ asked, state }: CaseFile): string | null {
  if (state.kind === 'answered') return asked
  if (state.kind === 'cancelled') return state.at
  return state.kind === 'closed' ? state.final.at : null
}

/**
 * What a person sees who reviews a case: the suggestion only after that person's own first answer. Throws `state-conflict`
 * for a case that was taken back.
 */
export function reviewView(
  file: CaseFile,
  { classes, reviewer }: { classes: readonly string[]; reviewer: Reviewer },
): ReviewView {
  const { decision, state } = file
  if (state.kind === 'cancelled') {
    throw new Refusal('state-conflict', 'Whoever asked this case has taken it back', {
      hint: 'Take the next one.',
    })
  }
  const first = state.kind === 'begun' || state.kind === 'closed' ? state.first : undefined
  const { class: suggested, confidence, because } = decision
  return {
    id: file.id,
    agent: file.agent,
    dataset: file.dataset,
    state: state.kind === 'closed' ? 'answered' : 'deferred',
    asked: file.asked,
    record: file.record,
    classes: [...classes],
    firstAnswer: first?.class ?? null,
    finalAnswer: state.kind === 'closed' ? state.final.class : null,
    suggestion: maySeeSuggestion(first, reviewer)
      ? { class: suggested, confidence, because: [...because] }
      : null,
  }
}

function maySeeSuggestion(first: Judgement | undefined, reviewer: Reviewer): boolean {
  return first !== undefined && (first.by.id === reviewer.id || reviewer.id === operatorReviewer.id)
}
