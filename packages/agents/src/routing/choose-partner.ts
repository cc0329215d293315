import assert from 'node:assert/strict'
import { boltzmann } from '../gate/boltzmann.ts'

/** What is known of a partner's agent, as running means over past consultations. */
export interface PartnerRecord {
  readonly partner: string
  /** In the currency of the costs, for one question. */
  readonly price: number
  readonly latencyMs: number
  /** The share of questions that failed, and the share of its answers that turned out wrong; both in [0, 1]. */
  readonly failureRate: number
  readonly wrongRate: number
}

/** What a consultation's parts cost, in one currency. */
export interface PartnerCosts {
  readonly perSecond: number
  readonly failure: number
  readonly error: number
}

/** θ of one partner: price + waiting + expected failures and errors. */
export function partnerCost(record: PartnerRecord, costs: PartnerCosts): number {
  assert.ok(record.price >= 0 && record.latencyMs >= 0)
  return (
    record.price +
    (costs.perSecond * record.latencyMs) / 1000 +
    costs.failure * record.failureRate +
    costs.error * (1 - record.failureRate) * record.wrongRate
  )
}

/**
 * The order in which partners are asked: drawn without replacement with P(i) ∝ exp(−α · θᵢ) among those left, one
 * number of `uniforms` in [0, 1) for each. The first is the choice, the others are the fallbacks. α is in one over the
 * currency; Infinity takes the cheapest first.
 */
export function orderPartners(
  records: readonly PartnerRecord[],
  { costs, alpha, uniforms }: { costs: PartnerCosts; alpha: number; uniforms: readonly number[] },
): { readonly partner: string; readonly propensity: number }[] {
  assert.ok(uniforms.length >= records.length)
  const left = records.map(record => ({ partner: record.partner, cost: partnerCost(record, costs) }))
  const order: { partner: string; propensity: number }[] = []
  while (left.length > 0) {
    const shares = boltzmann(
      left.map(({ cost }) => cost),
      alpha,
    )
    let rest = uniforms[order.length]!
    const drawn = shares.findIndex(share => {
      rest -= share
      return rest < 0
    })
    const index = drawn === -1 ? shares.findLastIndex(share => share > 0) : drawn
    const [{ partner } = { partner: '' }] = left.splice(index, 1)
    order.push({ partner, propensity: shares[index]! })
  }
  return order
}
