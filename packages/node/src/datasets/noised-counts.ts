import { Refusal, type SignedDataCard } from '@consort/protocol'
import type { DatasetRow } from '../tables/node-tables.ts'
export type Side = 'train' | 'evaluation'

/** What a data card tells of one side of a data set instead of its count. */
export interface NoisedCount {
  /** How many records there are. Stays at the node. */
  readonly examples: number
  readonly told: number
  /** The card that the noise was drawn for; later cards of the same records tell the same. */
  readonly drawnFor: string
}

/** The counts of a card, with discrete Laplace noise of this scale on each. */
export interface NoisedCounts extends Readonly<Record<Side, NoisedCount>> {
  readonly scale: number
}

/** Counts of a card as the node keeps them; undefined for a card whose counts are true. */
export function noisedOf({ noised }: Pick<DatasetRow, 'noised'>): NoisedCounts | undefined {
  return noised === null ? undefined : JSON.parse(noised)
}

/** How many records a registered data set really has. */
export function trueCounts(row: Pick<DatasetRow, 'noised' | 'signed_card'>): Record<Side, number> {
  const noised = noisedOf(row)
  const { trainExamples, evaluationExamples } = (JSON.parse(row.signed_card) as SignedDataCard).document
  return {
    train: noised?.train.examples ?? trainExamples,
    evaluation: noised?.evaluation.examples ?? evaluationExamples,
  }
}

/**
 * What is told instead of the number of examples that work was done on: the card's. Throws `card-mismatch` when these were not
 * the registered ones, which the hub cannot notice then.
 */
export function publishedCount(row: Pick<DatasetRow, 'noised'>, side: Side, examples: number): number {
  const count = noisedOf(row)?.[side]
  if (!count) return examples
  if (count.examples === examples) return count.told
  throw new Refusal(
    'card-mismatch',
    `There were ${examples} examples, and ${count.examples} are registered`,
    {
      hint: 'Register the data set again, so that its card tells what is there.',
    },
  )
}
