import { type LossCurve, repeatLoss } from './loss-curve.ts'
import { gaussianLoss } from './mechanisms.ts'
import { sampledGroupLoss } from './sampled-group-loss.ts'
import { subsampledGaussianLoss } from './subsampled-gaussian.ts'

/** Steps of DP-SGD that each draw every record with the same chance. */
export interface SampledSteps {
  readonly steps: number
  readonly sampleRate: number
  readonly noiseMultiplier: number
}

/** (k/σ)² of more than this would take too long to integrate. */
const sampledGroupMax = 100

/**
 * What training with noise may tell of a unit that has `records` of the records: DP-SGD's own curve for one; for
 * several, that of the group. Where the noise is too little for their number, the bound for a group that is in every
 * step.
 */
export function lossOfTraining(plan: SampledSteps, records: number): LossCurve {
  const { noiseMultiplier: multiplier, sampleRate: probability, steps } = plan
  const step = (): LossCurve => {
    if (records === 1) return subsampledGaussianLoss({ multiplier, probability })
    const isIntegrated = probability < 1 && (records / multiplier) ** 2 <= sampledGroupMax
    return isIntegrated
      ? sampledGroupLoss({ multiplier, probability, records })
      : gaussianLoss(multiplier / records)
  }
  return repeatLoss(step(), steps)
}
