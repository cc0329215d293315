import { Refusal } from '@consort/protocol'

/** What a gate promises. */
export interface GatePromise {
  /** The share of wrong answers among those given alone that is tolerated, 0 < α < 1. */
  readonly alpha: number
  /** How often over the calibration labels the promise may fail, 0 < δ < 1. */
  readonly delta: number
}

/** Throws `input-invalid` for shares that promise nothing. */
export function checkPromise(promise: GatePromise): void {
  for (const name of ['alpha', 'delta'] as const) {
    if (promise[name] > 0 && promise[name] < 1) continue
    throw new Refusal('input-invalid', `${name} is ${promise[name]}`, {
      hint: 'Both shares lie between 0 and 1, e.g. alpha 0.05 and delta 0.05.',
      path: name,
    })
  }
}
