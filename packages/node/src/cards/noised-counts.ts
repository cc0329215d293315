import { drawDiscreteLaplace } from '@consort/privacy'
import type { Entropy } from '@consort/protocol'
import type { Kysely } from 'kysely'
import { type KnownCard, listOfRecords, type RegisteredDataset } from '../datasets/dataset-store.ts'
import type { Side } from '../datasets/noised-counts.ts'
import type { Policy } from '../policy/policy.ts'
import type { PrivacyPolicy } from '../policy/privacy-policy.ts'
import type { NodeTables } from '../tables/node-tables.ts'
import type { NoisedCount, NoisedCounts } from '../tables/noised-counts.ts'

/** The records that a card is made for, whose they are, and how many there are on each side. */
interface CardContent
  extends Pick<RegisteredDataset, 'dataset' | 'digest' | 'unitsDigest' | 'validation' | 'cases'> {
  readonly card: string
  readonly counts: Readonly<Record<Side, number>>
}

/** What noise is drawn with, and where what was drawn before is found. */
export interface NoiseContext {
  readonly database: Kysely<NodeTables>
  readonly policy: { read(): Pick<Policy, 'privacy'> }
  readonly entropy: Entropy
}

/**
 * The counts that a new card may tell where the policy wants noise on them; undefined where it does not. Records whose
 * counts were noised before, at the same scale, keep the numbers: asked again and again, noise drawn anew would average
 * out. Where they are other people's now the numbers are drawn anew, so that these people are charged. A grown data set
 * has the same held-out records, so only its training count is drawn anew.
 */
export async function noiseCounts(
  context: NoiseContext,
  content: CardContent,
): Promise<NoisedCounts | undefined> {
  const { entropy, database, policy } = context
  const { dataset, digest, unitsDigest, validation, cases, counts, card } = content
  const scale = scaleFor(policy.read().privacy, dataset)
  if (scale === undefined) return undefined
  const rows = (await listOfRecords(database, digest)).filter(
    row => row.validation === validation && row.unitsDigest === unitsDigest,
  )
  // Answered cases belong to a data set by its name, and the first of them are always the same.
  const hasSameCases = (row: KnownCard): boolean =>
    row.cases === cases && (cases === 0 || row.dataset === dataset)
  const countOf = (side: Side): NoisedCount => {
    const examples = counts[side]
    const before = rows
      .filter(row => side === 'evaluation' || hasSameCases(row))
      .map(({ noised }) => noised)
      .find(noised => noised?.scale === scale && noised[side].examples === examples)
    return before?.[side] ?? { examples, told: noisyCount(examples, { scale, entropy }), drawnFor: card }
  }
  return { scale, train: countOf('train'), evaluation: countOf('evaluation') }
}

/**
 * The scale of the noise that the policy wants on the counts of a data set: 1/ε, times the most records of one person
 * where it names persons. Undefined where it wants none.
 */
export function scaleFor({ cardEpsilon, budgets }: PrivacyPolicy, dataset: string): number | undefined {
  const own = budgets.find(budget => budget.dataset === dataset)
  return cardEpsilon === undefined ? undefined : (own?.recordsMax ?? 1) / cardEpsilon
}

/**
 * A count with discrete Laplace noise, never below 1: a card without records would be left out of everything. 0 stays
 * 0, so that a side has no records at all is told. Whatever is done after the noise costs no privacy (Dwork, Roth 2014,
 * proposition 2.1).
 */
export function noisyCount(
  examples: number,
  { scale, entropy }: { scale: number; entropy: Entropy },
): number {
  return examples === 0 ? 0 : Math.max(1, examples + drawDiscreteLaplace({ scale, entropy }))
}
