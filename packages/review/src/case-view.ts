import type { CaseView, ReviewView } from '@consort/protocol'
import type { CaseFile } from './case-file.ts'
import { type Judgement, operatorReviewer, type Reviewer } from './case-state.ts'

/** What the caller of an agent learns: while a person is asked, nothing of what the agent thinks. */
export function caseView(file: CaseFile): CaseView {
  const { decision, state } = file
  const isOpen = state.kind === 'waiting' || state.kind === 'begun'
  return {
    id: file.id,
    agent: file.agent,
    state: isOpen ? 'deferred' : 'answered',
    answer: answerOf(file),
    confidence: isOpen ? null : decision.confidence,
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
  return state.kind === 'closed' ? state.final.at : null
}

/** What a person sees who reviews a case: the suggestion only after that person's own first answer. */
export function reviewView(
  file: CaseFile,
  { classes, reviewer }: { classes: readonly string[]; reviewer: Reviewer },
): ReviewView {
  const { decision, state } = file
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
