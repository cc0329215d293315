import { type LossCurve, rdpOrders } from './loss-curve.ts'
import { checkDelta } from './parameters.ts'

/**
 * How a Rényi loss at order α is said in ε and δ.
 * `classic`: ε = ρ + ln(1/δ)/(α−1) (Mironov 2017, proposition 3), which published tables of DP-SGD use.
 * `improved`: ε = ρ + ln((α−1)/α) − (ln δ + ln α)/(α−1) (Canonne, Kamath, Steinke 2020, proposition 12; Balle et al.
 * 2020, theorem 21), which is never worse.
 */
export type Conversion = 'classic' | 'improved'

export interface PrivacyStatement {
  /** Against those who see the releases; for neighbours that differ by adding or removing one record. */
  readonly epsilon: number
  readonly delta: number
  /** The order that gives the smallest ε. */
  readonly order: number
  readonly conversion: Conversion
}

/** The smallest ε over the orders, for releases whose number and noise were fixed beforehand; 0 < δ < 1. */
export function epsilonOf(
  loss: LossCurve,
  { delta, conversion = 'improved' }: { delta: number; conversion?: Conversion },
): PrivacyStatement {
  checkDelta(delta)
  let best = { epsilon: Infinity, order: rdpOrders[0]! }
  for (const [index, order] of rdpOrders.entries()) {
    const epsilon = Math.max(0, loss[index]! + conversionCost(order, { delta, conversion }))
    if (epsilon < best.epsilon) best = { epsilon, order }
  }
  return { ...best, delta, conversion }
}

/** What the step from the Rényi loss at `order` to (ε, δ) adds to ε; the improved one may take off a little. */
export function conversionCost(
  order: number,
  { delta, conversion }: { delta: number; conversion: Conversion },
): number {
  if (conversion === 'classic') return -Math.log(delta) / (order - 1)
  return Math.log1p(-1 / order) - (Math.log(delta) + Math.log(order)) / (order - 1)
}
