import { type CaseView, Refusal, type ReviewView, type TableSchema } from '@consort/protocol'
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

/** What its caller was told at once or soon, by which agent; null for what only a person can answer. */
export function toldBy({
  decision,
  advice,
  asked,
}: Pick<CaseFile, 'decision' | 'advice' | 'asked'>): Told | null {
  if (decision.action === 'answer') {
    const { class: said, confidence, threshold, reason } = decision
    return { class: said, by: 'agent', confidence, threshold, reason, at: asked }
  }
  if (!advice?.isTold) return null
  const { class: said, confidence, threshold, at } = advice
  return { class: said, by: 'partner', confidence, threshold, reason: 'partner-sure', at }
}

interface Told extends Pick<CaseView, 'reason' | 'threshold'> {
  readonly class: string
  readonly by: 'agent' | 'partner'
  readonly confidence: number
  readonly at: string
}

/** An agent answered, a person looked at it afterwards, and says otherwise. */
export function isCorrected(file: Pick<CaseFile, 'decision' | 'advice' | 'asked' | 'state'>): boolean {
  const told = toldBy(file)
  return told !== null && file.state.kind === 'closed' && file.state.final.class !== told.class
}

/**
 * What the caller learns of a case that was kept: while a person is asked, nothing of what the agent thinks. Of an
 * audit it learns only if the person says otherwise.
 */
export function caseView(file: CaseFile): CaseView {
  const { decision, state } = file
  const told = toldBy(file)
  const isExperts = state.kind === 'closed' && (told === null || isCorrected(file))
  const shown = {
    id: file.id,
    agent: file.agent,
    version: told?.by === 'partner' ? file.advice!.version : file.version,
    asked: file.asked,
    revision: file.revision,
    threshold: told?.threshold ?? decision.threshold,
  }
  if (isExperts) {
    return {
      ...shown,
      state: 'answered',
      answer: { class: state.final.class, by: 'expert' },
      confidence: told?.confidence ?? decision.confidence,
      reason: told ? 'expert-corrected' : 'expert-answered',
      closed: state.final.at,
    }
  }
  if (told) {
    const { class: said, by, confidence, reason, at } = told
    return { ...shown, state: 'answered', answer: { class: said, by }, confidence, reason, closed: at }
  }
  const isCancelled = state.kind === 'cancelled'
  return {
    ...shown,
    state: isCancelled ? 'cancelled' : 'deferred',
    answer: null,
    confidence: null,
    reason: decision.reason,
    closed: isCancelled ? state.at : null,
  }
}

/**
 * What a person sees who reviews a case: the suggestion only after that person's own first answer. Throws
 * `state-conflict` for a case that was taken back.
 */
export function reviewView(
  file: CaseFile,
  {
    classes,
    reviewer,
    schema,
  }: { classes: readonly string[]; reviewer: Reviewer; schema?: TableSchema | undefined },
): ReviewView {
  const { decision, state } = file
  if (state.kind === 'cancelled') throw takenBack()
  const first = state.kind === 'begun' || state.kind === 'closed' ? state.first : undefined
  const { class: suggested, confidence, because, among, reason, threshold } = decision
  const { advice } = file
  const partner = advice && { name: advice.partner, class: advice.class, confidence: advice.confidence }
  return {
    id: file.id,
    agent: file.agent,
    dataset: file.dataset,
    state: state.kind === 'closed' ? 'answered' : 'deferred',
    asked: file.asked,
    record: file.record,
    classes: [...classes],
    ...(schema && { schema }),
    firstAnswer: first?.class ?? null,
    finalAnswer: state.kind === 'closed' ? state.final.class : null,
    suggestion: maySeeSuggestion(first, reviewer)
      ? { class: suggested, confidence, because: [...because], among: [...among], reason, threshold, partner }
      : null,
  }
}

/**
 * For whatever else might lean a judgement: it is shown by the rule of the suggestion. Throws `state-conflict` before
 * the first answer, to whoever did not give it, and for a case that was taken back.
 */
export function checkHasJudged({ state }: Pick<CaseFile, 'state'>, reviewer: Reviewer): void {
  if (state.kind === 'cancelled') throw takenBack()
  const first = state.kind === 'begun' || state.kind === 'closed' ? state.first : undefined
  if (maySeeSuggestion(first, reviewer)) return
  if (first === undefined) {
    throw new Refusal('state-conflict', 'This case has no first answer yet', {
      hint: 'Give the first answer: it is blind, and this is shown after it.',
    })
  }
  throw new Refusal('state-conflict', `${first.by.name} has begun with this case`, {
    hint: 'Take the next one; only whoever gave the first answer, or the operator, sees more of it.',
  })
}

function takenBack(): Refusal {
  return new Refusal('state-conflict', 'Whoever asked this case has taken it back', {
    hint: 'Take the next one.',
  })
}

function maySeeSuggestion(first: Judgement | undefined, reviewer: Reviewer): boolean {
  return first !== undefined && (first.by.id === reviewer.id || reviewer.id === operatorReviewer.id)
}
