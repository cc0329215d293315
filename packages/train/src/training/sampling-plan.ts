import type { Recipe } from '@consort/protocol'
import { planModel } from '../model/model-plan.ts'
import { accountedMultiplier } from '../noise/noise-grid.ts'

/** A training with noise as an accountant sees it: `steps` subsampled Gaussian mechanisms, one after the other. */
export interface SamplingPlan {
  /** ⌈epochs·N/B⌉ */
  readonly steps: number
  /** q = B/N, at most 1: each record is in a step's batch with this probability, whatever the others do. */
  readonly sampleRate: number
  /** σ to account for: what `accountedMultiplier` makes of the recipe's, which differs by less than 0.2 %. */
  readonly noiseMultiplier: number
}

/**
 * What training on `examples` records for so many epochs will do, before it does it, so that its loss of privacy can
 * be reserved; undefined without differential privacy. N is `examples`, B the recipe's `batchSize`.
 */
export function samplingPlan(
  recipe: Recipe,
  { examples, epochs }: { examples: number; epochs: number },
): SamplingPlan | undefined {
  const { batchSize, privacy } = recipe
  if (!privacy.differentialPrivacy) return undefined
  const { noiseMultiplier, clip } = privacy.differentialPrivacy
  const { size } = planModel(recipe).layout
  const share = clip / expectedBatch(recipe, examples)
  return {
    steps: Math.ceil((epochs * examples) / batchSize),
    sampleRate: Math.min(1, batchSize / examples),
    noiseMultiplier: accountedMultiplier({ multiplier: noiseMultiplier, clip: share, size }),
  }
}

/** q·N: B, or all examples if they are fewer. What sums of gradients are divided by. */
export function expectedBatch({ batchSize }: Pick<Recipe, 'batchSize'>, examples: number): number {
  return Math.max(1, Math.min(batchSize, examples))
}
