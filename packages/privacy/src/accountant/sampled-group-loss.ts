import { type LossCurve, rdpOrders } from './loss-curve.ts'

/**
 * One step of DP-SGD for neighbours that differ in a group of k records: each is drawn with `probability` q, so that
 * the sum of clipped gradients moves by at most J·C with J ~ Bin(k, q). The worst case are the mixture P = Σ Bin(j; k,
 * q) N(j, σ²) and Q = N(0, σ²), in both directions (Ganesh 2024, "Tight group-level DP guarantees for DP-SGD with
 * sampling via mixture of Gaussians mechanisms"). Orders as in the accountant; 0 < q < 1, k ≥ 1. Some 10 ms for k = 2
 * and σ = 1.
 *
 * The moments ∫ P^α Q^(1−α) and ∫ Q^α P^(1−α) by the trapezoid rule, which converges geometrically for analytic
 * integrands that vanish at both ends (Trefethen, Weideman 2014, theorem 5.1); the logarithm of P/Q is the same for all
 * orders.
 */
export function sampledGroupLoss(of: {
  multiplier: number
  probability: number
  records: number
}): LossCurve {
  const { multiplier: sigma, records } = of
  const step = Math.min(sigma / 8, sigma ** 2 / (4 * records))
  const first = Math.floor((-12 * sigma) / step)
  const last = (order: number): number => Math.ceil((order * records + 12 * sigma) / step)
  const logs = logRatios(of, { step, first, last: last(rdpOrders.at(-1)!) })
  const scale = Math.log(step / (sigma * Math.sqrt(2 * Math.PI)))
  /** ln E[(P/Q)^power] for z ~ Q */
  const logMoment = (power: number, until: number): number => {
    let [largest, sum] = [-Infinity, 0]
    for (let index = first; index <= until; index++) {
      const exponent = power * logs[index - first]! - (index * step) ** 2 / (2 * sigma ** 2)
      if (exponent > largest) {
        sum = sum * Math.exp(largest - exponent) + 1
        largest = exponent
      } else {
        sum += Math.exp(exponent - largest)
      }
    }
    return largest + Math.log(sum) + scale
  }
  return rdpOrders.map(order => {
    const moments = [logMoment(order, last(order)), logMoment(1 - order, last(0))]
    return Math.max(0, ...moments) / (order - 1)
  })
}

/** ln P/Q = ln Σ Bin(j; k, q) e^((2jz − j²)/2σ²) at every z = index · step. */
function logRatios(
  {
    multiplier: sigma,
    probability: q,
    records,
  }: { multiplier: number; probability: number; records: number },
  { step, first, last }: { step: number; first: number; last: number },
): Float64Array {
  const logWeights = new Float64Array(records + 1)
  let logChoose = 0
  for (let j = 0; j <= records; j++) {
    logWeights[j] = logChoose + j * Math.log(q) + (records - j) * Math.log1p(-q) - j ** 2 / (2 * sigma ** 2)
    logChoose += Math.log((records - j) / (j + 1))
  }
  return Float64Array.from({ length: last - first + 1 }, (_, index) => {
    const z = (first + index) * step
    let largest = -Infinity
    for (let j = 0; j <= records; j++) largest = Math.max(largest, logWeights[j]! + (j * z) / sigma ** 2)
    let sum = 0
    for (let j = 0; j <= records; j++) sum += Math.exp(logWeights[j]! + (j * z) / sigma ** 2 - largest)
    return largest + Math.log(sum)
  })
}
