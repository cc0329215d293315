import assert from 'node:assert/strict'
import { checkRecords } from './labelled-logits.ts'
import type { Logits } from './logits.ts'

export interface TemperatureFit {
  /** T of softmax(z / T), between 0.01 and 100: above 1 the model was too sure of itself. */
  readonly temperature: number
  /** Mean negative log-likelihood in nats, with T = 1 and with the fitted T. */
  readonly lossBefore: number
  readonly loss: number
  /** The best T lies at or beyond a limit: all records are right, or the logits say nothing. Do not trust it. */
  readonly isAtLimit: boolean
}

const limits = { lowest: 0.01, highest: 100 }

/**
 * The one temperature that minimises the negative log-likelihood of `labels` (n classes from 0) (Guo, Pleiss, Sun,
 * Weinberger 2017, section 4.2). The loss is convex in 1/T, so its slope there changes sign once: bisection in log T
 * finds the place whatever the logits are. Throws `input-invalid` without records, `value-invalid` when a logit is not
 * finite.
 */
export function fitTemperature({ logits, classes }: Logits, labels: ArrayLike<number>): TemperatureFit {
  checkRecords({ logits, classes }, labels)
  const at = (temperature: number) => lossAt({ logits, classes }, labels, temperature)
  let [low, high] = [Math.log(limits.lowest), Math.log(limits.highest)]
  while (high - low > 1e-12) {
    const middle = (low + high) / 2
    if (at(Math.exp(middle)).slope > 0) low = middle
    else high = middle
  }
  const temperature = Math.exp((low + high) / 2)
  const isAtLimit = temperature < limits.lowest * 1.0001 || temperature > limits.highest / 1.0001
  return { temperature, lossBefore: at(1).loss, loss: at(temperature).loss, isAtLimit }
}

/** softmax(z / T) of every record: probabilities, n × k by rows. */
export function applyTemperature({ logits, classes }: Logits, temperature: number): Float64Array {
  assert.ok(temperature > 0 && logits.length % classes === 0)
  const probabilities = new Float64Array(logits.length)
  for (let start = 0; start < logits.length; start += classes) {
    const { largest, total } = rowSums({ logits, classes }, start, temperature)
    for (let index = start; index < start + classes; index++) {
      probabilities[index] = Math.exp((logits[index]! - largest) / temperature) / total
    }
  }
  return probabilities
}

/** Mean loss, and its slope over 1/T: what softmax(z / T) expects of z, less the logit of the label. */
function lossAt({ logits, classes }: Logits, labels: ArrayLike<number>, temperature: number) {
  let [loss, slope] = [0, 0]
  for (let record = 0; record < labels.length; record++) {
    const start = record * classes
    const { largest, total, weighted } = rowSums({ logits, classes }, start, temperature)
    const logit = logits[start + labels[record]!]! - largest
    loss += Math.log(total) - logit / temperature
    slope += weighted / total - logit
  }
  return { loss: loss / labels.length, slope: slope / labels.length }
}

/** Over one row, with w = exp((z − max z) / T): Σ w and Σ w · (z − max z). */
function rowSums({ logits, classes }: Logits, start: number, temperature: number) {
  let [largest, total, weighted] = [Number.NEGATIVE_INFINITY, 0, 0]
  for (let index = start; index < start + classes; index++) largest = Math.max(largest, logits[index]!)
  for (let index = start; index < start + classes; index++) {
    const below = logits[index]! - largest
    const weight = Math.exp(below / temperature)
    total += weight
    weighted += weight * below
  }
  return { largest, total, weighted }
}
