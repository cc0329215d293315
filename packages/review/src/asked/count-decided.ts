import { countAnswersUnder } from '../answers/answer-store.ts'
import { decidedFiles } from '../cases/case-evidence.ts'
import type { GuaranteePlace } from '../guarantee-place.ts'
import type { ReviewReader } from '../tables.ts'

/** What one guarantee of an agent's version has decided. */
export interface DecidedCounts {
  readonly answered: number
  readonly consulted: number
  readonly deferred: number
  /** Cases that people have labelled. */
  readonly labelledDeferred: number
  readonly labelledAudited: number
  /** Of the role calibrate, not labelled yet. */
  readonly awaited: number
}

/** Reads every line of the guarantee: for reports, not for requests that callers wait for. */
export async function countDecided(database: ReviewReader, place: GuaranteePlace): Promise<DecidedCounts> {
  const all = await decidedFiles(database, place)
  const files = all
    .filter(({ decision }) => decision.guarantee === place.guarantee)
    .map(({ role, decision, advice, state }) => ({
      role,
      kind: decision.action === 'answer' ? 'answered' : advice?.isTold ? 'consulted' : 'deferred',
      isLabelled: state.kind === 'closed',
      isCancelled: state.kind === 'cancelled',
    }))
  const count = (isIt: (file: (typeof files)[number]) => boolean): number => files.filter(isIt).length
  return {
    answered: count(({ kind }) => kind === 'answered') + (await countAnswersUnder(database, place)),
    consulted: count(({ kind }) => kind === 'consulted'),
    deferred: count(({ kind }) => kind === 'deferred'),
    labelledDeferred: count(({ kind, isLabelled }) => kind === 'deferred' && isLabelled),
    labelledAudited: count(({ kind, isLabelled }) => kind !== 'deferred' && isLabelled),
    awaited: count(
      ({ role, isLabelled, isCancelled }) => role === 'calibrate' && !isLabelled && !isCancelled,
    ),
  }
}
