import { Refusal } from '@consort/protocol'
import type { NoisedCounts } from '../tables/noised-counts.ts'
import type { RegisteredDataset } from './dataset-store.ts'

/** The records that train, or those that are held out. */
export type Side = 'train' | 'evaluation'

/** A registered data set's counts: what its card says, and what is true where that carries noise. */
export interface CardCounts {
  readonly noised: NoisedCounts | null
  readonly signedCard: {
    readonly document: Pick<
      RegisteredDataset['signedCard']['document'],
      'trainExamples' | 'evaluationExamples'
    >
  }
}

/** How many records a registered data set really has. */
export function trueCounts({ noised, signedCard }: CardCounts): Record<Side, number> {
  const { trainExamples, evaluationExamples } = signedCard.document
  return {
    train: noised?.train.examples ?? trainExamples,
    evaluation: noised?.evaluation.examples ?? evaluationExamples,
  }
}

/**
 * What is told instead of the number of examples that work was done on: the card's. Throws `card-mismatch` when these
 * were not the registered ones, which the hub cannot notice then.
 */
export function publishedCount({ noised }: Pick<CardCounts, 'noised'>, side: Side, examples: number): number {
  const count = noised?.[side]
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
