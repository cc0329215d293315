import { Refusal } from '@consort/protocol'
import { type Conversion, epsilonOf } from './epsilon.ts'
import { repeatLoss } from './loss-curve.ts'
import { checkDelta, checkEpsilon, checkProbability } from './parameters.ts'
import { subsampledGaussianLoss } from './subsampled-gaussian.ts'

/**
 * The smallest noise multiplier with which `steps` steps of DP-SGD stay within `epsilon` at `delta`, rounded up to a
 * ten-thousandth of itself. Throws `privacy-parameters-invalid`, also when no multiplier from 0.1 to 10,000 does.
 */
export function multiplierFor(of: {
  epsilon: number
  delta: number
  probability: number
  steps: number
  conversion?: Conversion
}): number {
  const { epsilon, delta, probability, steps, conversion = 'improved' } = of
  checkEpsilon(epsilon)
  checkDelta(delta)
  checkProbability(probability)
  const isEnough = (multiplier: number): boolean => {
    const loss = repeatLoss(subsampledGaussianLoss({ multiplier, probability }), steps)
    return epsilonOf(loss, { delta, conversion }).epsilon <= epsilon
  }
  let [low, high] = [multiplierMin, multiplierMax]
  if (isEnough(low)) return low
  if (!isEnough(high)) {
    throw new Refusal('privacy-parameters-invalid', `No noise makes ε = ${epsilon} of ${steps} steps`, {
      hint: 'Choose a larger ε, or fewer epochs.',
    })
  }
  while (high / low > 1.0001) {
    const middle = Math.sqrt(low * high)
    if (isEnough(middle)) high = middle
    else low = middle
  }
  return high
}

/** With less noise than this the sum itself shows. */
const multiplierMin = 0.1
const multiplierMax = 10_000
