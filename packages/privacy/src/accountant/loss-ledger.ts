import { Refusal } from '@consort/protocol'
import { type Conversion, conversionCost, epsilonOf } from './epsilon.ts'
import { addLosses, type LossCurve, noLoss, parseLossCurve, rdpOrders } from './loss-curve.ts'
import { gaussianLoss } from './mechanisms.ts'
import { checkDelta, checkEpsilon } from './parameters.ts'

/** What may be lost in all. Fixed before the first release. */
export interface PrivacyBudget {
  readonly epsilon: number
  readonly delta: number
  /** Of `rdpOrders`, rising. Each is a filter of its own with an equal part of δ. */
  readonly orders: readonly number[]
}

/** The book of one privacy unit (a record, a patient): plain data, kept by the caller. */
export interface LossLedger {
  readonly budget: PrivacyBudget
  readonly settled: LossCurve
  /** By release; counted as lost until it is known how much was. */
  readonly reserved: Readonly<Record<string, LossCurve>>
}

/**
 * Opens a ledger. Which orders: the one at which the releases that are planned lose least (`epsilonOf(…).order`) wastes
 * nothing; by default three that suit Gaussian releases and DP-SGD, at the price of some 7 % of ε. Throws
 * `privacy-parameters-invalid`.
 */
export function openLedger(of: { epsilon: number; delta: number; orders?: readonly number[] }): LossLedger {
  checkEpsilon(of.epsilon)
  checkDelta(of.delta)
  const orders = [...new Set(of.orders ?? defaultOrders(of))].sort((left, right) => left - right)
  const unknown = orders.filter(order => !rdpOrders.includes(order))
  if (unknown.length > 0 || orders.length === 0) {
    throw new Refusal(
      'privacy-parameters-invalid',
      `Losses are not kept at the orders ${unknown.join(', ')}`,
      {
        hint: 'Choose from the orders of the accountant, at least one.',
      },
    )
  }
  const budget = { epsilon: of.epsilon, delta: of.delta, orders }
  if (limitsOf(budget).every(({ limit }) => limit <= 0)) {
    throw new Refusal(
      'privacy-parameters-invalid',
      `ε = ${of.epsilon} at δ = ${of.delta} leaves nothing to spend`,
      {
        hint: 'Choose higher orders, a larger ε or a larger δ.',
      },
    )
  }
  return { budget, settled: noLoss, reserved: {} }
}

/**
 * Sets `loss` aside for a release before the data is touched, or throws `privacy-budget-exceeded`, which says what is
 * left. The same release with the same loss again changes nothing, with another loss it throws `state-conflict`.
 *
 * It is the Rényi filter of Feldman and Zrnic (2021, "Individual privacy accounting via a Rényi filter"): how much
 * each next release loses may depend on what earlier ones said, as long as at one order, fixed beforehand, the sum
 * stays within its limit. Which order turns out best may depend on the releases too, so k orders share δ: each keeps
 * its promise except with δ/k.
 */
export function reserveLoss(
  ledger: LossLedger,
  { release, loss }: { release: string; loss: LossCurve },
): LossLedger {
  parseLossCurve(loss)
  const before = Object.hasOwn(ledger.reserved, release) ? ledger.reserved[release] : undefined
  if (before !== undefined) {
    if (before.every((divergence, index) => divergence === loss[index])) return ledger
    throw new Refusal('state-conflict', `The release ${release} has another loss than was reserved for it`)
  }
  const after = { ...ledger, reserved: { ...ledger.reserved, [release]: loss } }
  // Sums of thousands of roundings must not be refused for the last of them.
  if (roomIn(after).some(({ room, limit }) => room >= -1e-12 * limit)) return after
  const wanted = epsilonOf(loss, { delta: ledger.budget.delta }).epsilon
  const { epsilon } = remainingBudget(ledger)
  throw new Refusal(
    'privacy-budget-exceeded',
    `The release would lose ε = ${round(wanted)} by itself; of ε = ${ledger.budget.epsilon} at δ = ${ledger.budget.delta} there is ε = ${round(epsilon)} left`,
    { hint: 'Add more noise, train for fewer epochs, or use records that have not been used up.' },
  )
}

/**
 * Books a reserved release: with `loss`, if less was done than planned (fewer steps, say), at most what was reserved.
 * Throws `not-found` for what is not reserved, `state-conflict` for more than was reserved.
 */
export function settleLoss(
  ledger: LossLedger,
  { release, loss }: { release: string; loss?: LossCurve },
): LossLedger {
  const { [release]: planned, ...reserved } = ledger.reserved
  if (planned === undefined || !Object.hasOwn(ledger.reserved, release)) {
    throw new Refusal('not-found', `Nothing is reserved for the release ${release}`)
  }
  const lost = loss === undefined ? planned : parseLossCurve(loss)
  if (lost.some((divergence, index) => divergence > planned[index]!)) {
    throw new Refusal('state-conflict', `The release ${release} lost more than was reserved for it`)
  }
  return { ...ledger, settled: addLosses(ledger.settled, lost), reserved }
}

/** What is left, reservations taken off. */
export interface Remaining {
  /** The largest ε, at the budget's δ, of one Gaussian release that would still be let through. */
  readonly epsilon: number
  /** Of the budget, 0 … 1; falls by equal steps with equal releases. */
  readonly share: number
}

export function remainingBudget(ledger: LossLedger): Remaining {
  const { delta, epsilon: most } = ledger.budget
  let best = { epsilon: 0, share: 0 }
  for (const { order, room, limit } of roomIn(ledger)) {
    if (room <= 0) continue
    const gaussian = gaussianLoss(Math.sqrt(order / (2 * room)))
    const epsilon = Math.min(most, epsilonOf(gaussian, { delta }).epsilon)
    if (epsilon >= best.epsilon) best = { epsilon, share: room / limit }
  }
  return best
}

/** Everything that was lost or reserved, as a curve: what `epsilonOf` says of it holds for plans fixed beforehand. */
export function lossOf(ledger: LossLedger): LossCurve {
  return addLosses(ledger.settled, ...Object.values(ledger.reserved))
}

/** Checks a ledger that was kept, e.g. parsed from JSON. Throws `privacy-parameters-invalid`. */
export function parseLedger(value: unknown): LossLedger {
  const { budget, settled, reserved } = (value ?? {}) as Partial<LossLedger>
  if (
    typeof budget !== 'object' ||
    typeof reserved !== 'object' ||
    reserved === null ||
    !Array.isArray(budget?.orders)
  ) {
    throw new Refusal('privacy-parameters-invalid', 'This is not a ledger of privacy losses', {
      hint: 'Restore the record of spent budget; a new one would forget what was lost.',
    })
  }
  const opened = openLedger(budget)
  const losses = Object.entries(reserved).map(([release, loss]) => [release, parseLossCurve(loss)] as const)
  return { budget: opened.budget, settled: parseLossCurve(settled), reserved: Object.fromEntries(losses) }
}

const conversion: Conversion = 'improved'

/** The Rényi loss that each order's filter allows: ε less what its conversion at δ/k adds. */
function limitsOf({ epsilon, delta, orders }: PrivacyBudget): { order: number; limit: number }[] {
  const each = delta / orders.length
  return orders.map(order => ({ order, limit: epsilon - conversionCost(order, { delta: each, conversion }) }))
}

function roomIn(ledger: LossLedger): { order: number; limit: number; room: number }[] {
  const lost = lossOf(ledger)
  return limitsOf(ledger.budget).map(({ order, limit }) => {
    const index = rdpOrders.indexOf(order)
    return { order, limit, room: limit - lost[index]! }
  })
}

/**
 * The order at which one Gaussian release that loses all of ε is converted best, and two below it: the loss of
 * subsampled steps rises steeply above some order, which lies a little lower.
 */
function defaultOrders({ epsilon, delta }: { epsilon: number; delta: number }): number[] {
  let [low, high] = [1e-3, 1e6]
  while (high / low > 1.001) {
    const middle = Math.sqrt(low * high)
    if (epsilonOf(gaussianLoss(middle), { delta }).epsilon <= epsilon) high = middle
    else low = middle
  }
  const { order } = epsilonOf(gaussianLoss(high), { delta })
  return [0.6, 0.8, 1].map(part => nearestOrder(1 + (order - 1) * part))
}

function nearestOrder(wanted: number): number {
  return rdpOrders.reduce((best, order) =>
    Math.abs(order - wanted) < Math.abs(best - wanted) ? order : best,
  )
}

function round(epsilon: number): number {
  return Number(epsilon.toPrecision(3))
}
