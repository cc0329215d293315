import type { DifferentialPrivacySpec, Entropy, Recipe } from '@consort/protocol'
import type { AnyExamples } from '@consort/records'
import { createGaussianNoise } from '../noise/gaussian-noise.ts'
import { createPoissonSampler } from '../noise/poisson-sampler.ts'
import { createBatchFiller } from '../training/batch-filler.ts'
import { microBatches } from '../training/micro-batch.ts'
import type { Optimiser } from '../training/optimiser.ts'
import type { ParameterMemory } from '../training/parameter-memory.ts'
import { expectedBatch, samplingPlan } from '../training/sampling-plan.ts'
import { createSecureRandom } from '../training/secure-random.ts'
import type { BatchSource } from './batches.ts'
import type { ClippedStep } from './clipped-step.ts'

export interface SampledBatchesSetup {
  readonly recipe: Recipe
  readonly spec: DifferentialPrivacySpec
  readonly examples: AnyExamples
  readonly step: ClippedStep
  readonly memory: ParameterMemory
  readonly optimiser: Optimiser
  /**
   * For tests. Otherwise sampling, noise, masks and shifts are the operating system's, and no seed brings them back.
   */
  readonly entropy?: Entropy | undefined
}

/**
 * DP-SGD (Abadi et al. 2016, algorithm 1): every step draws its batch by Poisson sampling, takes all of it, however
 * many there are, adds N(0, σ²C²) to the sum of the clipped gradients, also where nobody was drawn, and divides by the
 * expected size of a batch. (The step divides before; the noise is scaled accordingly.) No loss is told.
 */
export function sampledBatches(setup: SampledBatchesSetup): BatchSource {
  const { recipe, spec, examples, step, memory, optimiser, entropy } = setup
  const fill = createBatchFiller(recipe, examples)
  const random = createSecureRandom(entropy)
  const noise = createGaussianNoise(entropy && { entropy })
  const deviation = (spec.noiseMultiplier * spec.clip) / expectedBatch(recipe, examples.count)

  const sumClipped = async (indices: Int32Array): Promise<void> => {
    if (indices.length === 0) memory.gradients.fill(0)
    for (const { start, end, rows } of microBatches(indices.length, step.rowsMax)) {
      const batch = step.batch(rows)
      fill(batch, indices.subarray(start, end), random)
      batch.weights.fill(1, 0, end - start)
      step.drawMasks(rows, random)
      await step.run(rows, start === 0 ? 'gradients' : 'part')
      if (start > 0) optimiser.addPart()
    }
  }

  return {
    begin({ epochs }) {
      const mechanism = samplingPlan(recipe, { examples: examples.count, epochs })!
      const { steps, sampleRate } = mechanism
      const sampler = createPoissonSampler({
        count: examples.count,
        probability: sampleRate,
        ...(entropy && { entropy }),
      })
      return {
        steps,
        async next() {
          await sumClipped(sampler.draw())
          noise.add(memory.gradients, deviation)
        },
        told: () => ({ loss: undefined, mechanism }),
      }
    },
    close: () => step.close(),
  }
}
