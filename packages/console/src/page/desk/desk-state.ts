import type { Problem } from '@consort/protocol/browser'
import type { Answering, Nearest, Review } from '../reviews.ts'

export type Stage = Answering['stage']

export type Screen =
  /** Waits for a key; `refused` says why the last one was not taken. */
  | { readonly name: 'sign-in'; readonly trying: boolean; readonly refused: Problem | null }
  /** Asks the node for the first time. */
  | { readonly name: 'opening' }
  /** No case waits; one that comes is shown at once. */
  | { readonly name: 'empty' }
  | CaseScreen
  /** Somebody else took the case that was shown. */
  | { readonly name: 'closed' }

export interface CaseScreen {
  readonly name: 'case'
  readonly review: Review
  /** The class that Enter would answer. */
  readonly marked: string | null
  /** What is on its way to the node. */
  readonly sending: Answering | null
  /** Why the node did not take the last answer, though the case is still open. */
  readonly refused: Problem | null
  readonly similar: SimilarCases
}

/** Labelled records like the case: closed until the expert opens them, and not asked for before. */
export type SimilarCases =
  | { readonly kind: 'closed' }
  | { readonly kind: 'opening' }
  | { readonly kind: 'open'; readonly examples: Nearest['examples'] }
  | { readonly kind: 'refused'; readonly problem: Problem }

export interface DeskState {
  readonly screen: Screen
  /** Cases that wait for a person, the one on the screen among them. */
  readonly waiting: number
  readonly answered: number
  /** Set while the node does not answer; `problem` is there when it said why. */
  readonly away: { readonly problem: Problem | null } | null
  /** The answer that was kept a moment ago. */
  readonly kept: string | null
}

/** Before the expert has answered, or between the two answers. */
export function stageOf(review: Review): Stage {
  return review.firstAnswer === null ? 'first' : 'final'
}

/** Nobody has closed it, and nobody else has begun it: whoever gave the first answer sees the suggestion with it. */
export function canAnswer(review: Review): boolean {
  const isMine = review.firstAnswer === null || review.suggestion !== null
  return isMine && review.state === 'deferred' && review.finalAnswer === null
}

/** A case as it comes from the node: after the first answer, Enter would keep it. */
export function showCase(review: Review, refused: Problem | null = null): CaseScreen {
  return {
    name: 'case',
    review,
    marked: review.firstAnswer,
    sending: null,
    refused,
    similar: { kind: 'closed' },
  }
}

/** The class `by` places from the marked one, round the ends; with none marked, the first or the last. */
export function neighbourOf(
  classes: readonly string[],
  marked: string | null,
  by: 1 | -1,
): string | undefined {
  const index = marked === null ? -1 : classes.indexOf(marked)
  const from = index < 0 && by < 0 ? 0 : index
  return classes[(from + by + classes.length) % classes.length]
}
