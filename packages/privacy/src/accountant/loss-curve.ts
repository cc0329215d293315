import { Refusal } from '@consort/protocol'

/**
 * A privacy loss as Rényi differential privacy (Mironov 2017, definition 4): at each order α of `rdpOrders` the largest
 * Rényi divergence between the releases from two data sets that differ in one record (added or removed). Plain
 * numbers, so that it can be kept as JSON. Losses of releases made one after the other add up (proposition 1).
 */
export type LossCurve = readonly number[]

/**
 * Steps of 0.05 below 11, where many steps with little noise are converted, then ever wider. Part of what is stored.
 */
export const rdpOrders: readonly number[] = [
  ...Array.from({ length: 199 }, (_, index) => (21 + index) / 20),
  ...Array.from({ length: 53 }, (_, index) => 11 + index),
  ...[64, 72, 80, 96, 112, 128, 160, 192, 256, 384, 512, 768, 1024],
]

/** A curve from its value at each order α > 1. */
export function lossAt(divergence: (order: number) => number): LossCurve {
  return rdpOrders.map(divergence)
}

export const noLoss: LossCurve = rdpOrders.map(() => 0)

export function addLosses(...losses: readonly LossCurve[]): LossCurve {
  return rdpOrders.map((_, index) => losses.reduce((sum, loss) => sum + loss[index]!, 0))
}

/** The loss of `times` releases that lose `loss` each. */
export function repeatLoss(loss: LossCurve, times: number): LossCurve {
  if (!(Number.isInteger(times) && times >= 0)) {
    throw new Refusal('privacy-parameters-invalid', `Something cannot be released ${times} times`)
  }
  return loss.map(divergence => divergence * times)
}

/** Checks a curve that was kept: one number ≥ 0 for each order (else `privacy-parameters-invalid`). */
export function parseLossCurve(value: unknown): LossCurve {
  const isCurve =
    Array.isArray(value) &&
    value.length === rdpOrders.length &&
    value.every(divergence => typeof divergence === 'number' && divergence >= 0 && divergence < Infinity)
  if (isCurve) return value as LossCurve
  throw new Refusal(
    'privacy-parameters-invalid',
    `A privacy loss has ${rdpOrders.length} numbers, none below zero`,
    {
      hint: 'The record of spent budget was altered, or another version wrote it: restore it, do not begin a new one.',
    },
  )
}
