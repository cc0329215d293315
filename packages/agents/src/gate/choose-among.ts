import assert from 'node:assert/strict'
import type { AnswerGate } from './answer-gate.ts'
import { boltzmann } from './boltzmann.ts'
import type { ActionCosts, ActionReason } from './choose-action.ts'

/** Another partner's agent that may be asked about this case: the agreement allows it and it is reachable. */
export interface ConsultOption {
  readonly partner: string
  /**
   * The gate fitted on cases that this partner's agent has judged, on its answer's confidence. While it is closed,
   * asking could only cost: the answer might not be used.
   */
  readonly gate: AnswerGate
  /** The share of its answers that its own gate lets through, in [0, 1]: otherwise a person is asked after all. */
  readonly passes: number
  /** The share of the answers let through that are wrong, as its gate bounds it. */
  readonly risk: number
  /** Of one question, and of the wait for its answer. */
  readonly price: number
  readonly waiting: number
}

export type Chosen =
  | { readonly action: 'answer' }
  | { readonly action: 'consult'; readonly partner: string }
  | { readonly action: 'defer' }

export interface ChoiceAmong {
  readonly chosen: Chosen
  readonly reason: ActionReason | 'consult-cheaper'
  readonly propensities: {
    readonly answer: number
    readonly defer: number
    /** By partner; 0 for one whose gate is closed. */
    readonly consult: Readonly<Record<string, number>>
  }
  readonly expectedCosts: {
    readonly answer: number
    readonly defer: number
    readonly consult: Readonly<Record<string, number>>
  }
}

/**
 * As `chooseAction`, with other partners' agents among the options: A(a) ∝ exp(−β · sₐ) over those allowed. A
 * consultation is expected to cost price + waiting + passes · risk · error + (1 − passes) · (what a person costs).
 * `answer` is an option only where the own gate allows it, a consultation only where the partner's gate is open;
 * `defer` always is. With `beta` Infinity and no consults it is `chooseAction`, draw for draw.
 *
 * Whether an answer that comes back may be given is for `mayPassOn` to say.
 */
export function chooseAmong(
  confidence: number,
  {
    gate,
    costs,
    beta,
    consults,
    uniform,
  }: {
    gate: AnswerGate
    costs: ActionCosts
    beta: number
    consults: readonly ConsultOption[]
    uniform: number
  },
): ChoiceAmong {
  assert.ok(confidence >= 0 && confidence <= 1 && uniform >= 0 && uniform < 1)
  const person = costs.price + costs.waiting
  const expectedCosts = {
    answer: costs.error * (1 - confidence),
    defer: person,
    consult: Object.fromEntries(consults.map(one => [one.partner, consultCost(one, costs.error, person)])),
  }
  const isAllowed = gate.kind === 'open' && confidence >= gate.threshold
  const options: { chosen: Chosen; cost: number }[] = [
    ...(isAllowed ? [{ chosen: { action: 'answer' } as const, cost: expectedCosts.answer }] : []),
    ...consults
      .filter(one => one.gate.kind === 'open')
      .map(({ partner }) => ({
        chosen: { action: 'consult', partner } as const,
        cost: expectedCosts.consult[partner]!,
      })),
    { chosen: { action: 'defer' }, cost: person },
  ]
  const shares = boltzmann(
    options.map(({ cost }) => cost),
    beta,
  )
  const drawn = draw(shares, uniform)
  const shareOf = (isIt: (chosen: Chosen) => boolean): number =>
    options.reduce((sum, { chosen }, index) => sum + (isIt(chosen) ? shares[index]! : 0), 0)
  const consult = Object.fromEntries(
    consults.map(({ partner }) => [
      partner,
      shareOf(one => one.action === 'consult' && one.partner === partner),
    ]),
  )
  const { chosen } = options[drawn]!
  const isLikeliest = shares.every((share, index) => index === drawn || share < shares[drawn]!)
  return {
    chosen,
    reason: reasonOf(chosen, { gate, isAllowed, isLikeliest }),
    propensities: {
      answer: shareOf(({ action }) => action === 'answer'),
      defer: shareOf(({ action }) => action === 'defer'),
      consult,
    },
    expectedCosts,
  }
}

/** Whether a consulted agent's answer may be given: only where its own gate lets it through. */
export function mayPassOn(answer: { readonly confidence: number }, gate: AnswerGate): boolean {
  return gate.kind === 'open' && answer.confidence >= gate.threshold
}

function consultCost({ passes, risk, price, waiting }: ConsultOption, error: number, person: number): number {
  assert.ok(passes >= 0 && passes <= 1 && risk >= 0 && risk <= 1 && price >= 0 && waiting >= 0)
  return price + waiting + passes * risk * error + (1 - passes) * person
}

/** The index whose stretch of [0, 1) holds `uniform`; rounding at the end goes to the last that is possible. */
function draw(shares: readonly number[], uniform: number): number {
  let rest = uniform
  for (const [index, share] of shares.entries()) {
    if (rest < share) return index
    rest -= share
  }
  return shares.findLastIndex(share => share > 0)
}

function reasonOf(
  { action }: Chosen,
  { gate, isAllowed, isLikeliest }: { gate: AnswerGate; isAllowed: boolean; isLikeliest: boolean },
): ChoiceAmong['reason'] {
  if (!isLikeliest) return 'drawn'
  if (action === 'answer') return 'sure-enough'
  if (action === 'consult') return 'consult-cheaper'
  if (gate.kind === 'closed') return 'gate-closed'
  return isAllowed ? 'expert-cheaper' : 'below-threshold'
}
