import { type LossCurve, lossAt } from './loss-curve.ts'
import { checkEpsilon, checkMultiplier } from './parameters.ts'

/**
 * Gaussian noise of `multiplier` times the L2 sensitivity: α/2σ² (Mironov 2017, proposition 7).
 */
export function gaussianLoss(multiplier: number): LossCurve {
  checkMultiplier(multiplier)
  return lossAt(order => order / (2 * multiplier ** 2))
}

/**
 * Anything that is ε-differentially private, such as discrete Laplace noise: at most what randomised response loses
 * (Bun, Steinke 2016, proposition 3.3 and its proof): ln((sinh αε − sinh (α−1)ε) / sinh ε) / (α−1).
 */
export function pureLoss(epsilon: number): LossCurve {
  checkEpsilon(epsilon)
  return lossAt(order => {
    // = ln((e^(αε) + e^((1−α)ε)) / (1 + e^ε)), the larger power taken out
    const exponent = order * epsilon + Math.log1p(Math.exp((1 - 2 * order) * epsilon))
    return clampedLog(exponent - epsilon - Math.log1p(Math.exp(-epsilon)), { order, epsilon })
  })
}

/** Rounding may take a small loss below zero or a large one above the ε that no order exceeds. */
function clampedLog(log: number, { order, epsilon }: { order: number; epsilon: number }): number {
  return Math.min(Math.max(log / (order - 1), 0), epsilon)
}
