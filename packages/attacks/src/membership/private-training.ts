import { multiplierFor } from '@consort/privacy'
import type { Deviation } from '../canaries/canaries.ts'
import type { Training } from './membership-models.ts'

/**
 * DP-SGD that is (ε, δ)-private for about `records` records when done as planned; with a `Deviation` it is done
 * otherwise. The learning rate is such that the clipped sum of a whole batch moves the weights by `pace`.
 */
export function privateTraining(
  of: {
    epsilon: number
    delta: number
    records: number
    batchSize: number
    epochs: number
    clip: number
    pace: number
  },
  { quieter = 1, looser = 1 }: Deviation = {},
): Training {
  const { epsilon, delta, records, batchSize, epochs, clip, pace } = of
  const steps = Math.ceil((epochs * records) / batchSize)
  const multiplier = multiplierFor({ epsilon, delta, probability: batchSize / records, steps })
  const noiseMultiplier = multiplier / quieter / looser
  return {
    optimiser: { kind: 'sgd', learningRate: pace / clip },
    batchSize,
    epochs,
    privacy: { differentialPrivacy: { clip: clip * looser, noiseMultiplier, delta } },
  }
}
