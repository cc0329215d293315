import type { GuaranteePlace } from '../guarantee-place.ts'
import type { ReviewReader } from '../tables.ts'
import { decidedTally, subjectOf } from '../tallies/case-tally.ts'
import { readTallies } from '../tallies/read-tally.ts'
import { decidedParts } from '../tally-name.ts'

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

/** Reads the counts that are kept with each case: it costs the same however many there are. */
export async function countDecided(database: ReviewReader, place: GuaranteePlace): Promise<DecidedCounts> {
  const counts = await readTallies(database, decidedParts.map(decidedTally), subjectOf(place))
  const count = (part: keyof DecidedCounts): number => counts.get(decidedTally(part)) ?? 0
  return {
    answered: count('answered'),
    consulted: count('consulted'),
    deferred: count('deferred'),
    labelledDeferred: count('labelledDeferred'),
    labelledAudited: count('labelledAudited'),
    awaited: count('awaited'),
  }
}
