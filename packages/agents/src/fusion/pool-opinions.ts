import assert from 'node:assert/strict'
import { descend, type Loss } from '../calibration/descend.ts'
import { checkRecords, spread } from '../calibration/labelled-logits.ts'
import { softmax } from '../calibration/softmax.ts'

/** How much each model counts, and what each class gets on top. */
export interface OpinionPool {
  readonly weights: readonly number[]
  /** k numbers, in nats. */
  readonly biases: readonly number[]
}

/** Logits (or natural logarithms of probabilities) of the same n records by each of m models, each n × k by rows. */
export interface Opinions {
  readonly opinions: readonly ArrayLike<number>[]
  readonly classes: number
}

/**
 * One calibrated opinion from those of several models: softmax(Σ weightₘ · zₘ + bias), a logarithmic pool (Genest,
 * Zidek 1986) whose weights and biases minimise the mean negative log-likelihood of `labels` plus `penalty`/2 · Σ
 * bias². With one model and a large penalty it is temperature scaling. A model that only repeats another gets the
 * other's weight, not more: what counts is what it adds. Throws `input-invalid` without records, `value-invalid` when a
 * logit is not finite.
 */
export function fitPool(
  { opinions, classes }: Opinions,
  labels: ArrayLike<number>,
  { penalty = 0.002 }: { penalty?: number } = {},
): OpinionPool {
  assert.ok(opinions.length > 0 && penalty >= 0)
  for (const logits of opinions) checkRecords({ logits, classes }, labels)
  const sizes = opinions.map(spread)
  const inUnits = opinions.map((logits, model) => Float64Array.from(logits, logit => logit / sizes[model]!))
  const start = new Float64Array(opinions.length + classes)
  start.fill(1 / opinions.length, 0, opinions.length)
  const best = descend(start, parameters =>
    lossAt({ opinions: inUnits, classes }, labels, { parameters, penalty }),
  )
  return {
    weights: sizes.map((size, model) => best[model]! / size),
    biases: [...best.subarray(opinions.length)],
  }
}

/** Probabilities of every record, n × k by rows. */
export function applyPool({ opinions, classes }: Opinions, { weights, biases }: OpinionPool): Float64Array {
  assert.ok(weights.length === opinions.length && biases.length === classes)
  const probabilities = new Float64Array(opinions[0]!.length)
  for (let index = 0; index < probabilities.length; index++) {
    probabilities[index] = opinions.reduce(
      (sum, logits, model) => sum + weights[model]! * logits[index]!,
      biases[index % classes]!,
    )
  }
  for (let from = 0; from < probabilities.length; from += classes) {
    softmax(probabilities.subarray(from, from + classes))
  }
  return probabilities
}

function lossAt(
  { opinions, classes }: Opinions,
  labels: ArrayLike<number>,
  { parameters, penalty }: { parameters: Float64Array; penalty: number },
): Loss {
  const models = opinions.length
  const slope = new Float64Array(parameters.length)
  const row = new Float64Array(classes)
  let value = 0
  for (let record = 0; record < labels.length; record++) {
    const start = record * classes
    row.set(parameters.subarray(models))
    for (let model = 0; model < models; model++) {
      for (let k = 0; k < classes; k++) row[k]! += parameters[model]! * opinions[model]![start + k]!
    }
    softmax(row)
    const label = labels[record]!
    value -= Math.log(Math.max(row[label]!, Number.MIN_VALUE)) / labels.length
    row[label]! -= 1
    for (let k = 0; k < classes; k++) {
      const excess = row[k]! / labels.length
      slope[models + k]! += excess
      for (let model = 0; model < models; model++) slope[model]! += excess * opinions[model]![start + k]!
    }
  }
  for (let index = models; index < parameters.length; index++) {
    value += (penalty / 2) * parameters[index]! ** 2
    slope[index]! += penalty * parameters[index]!
  }
  return { value, slope }
}
