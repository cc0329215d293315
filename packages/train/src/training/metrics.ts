import type { LossKind, MetricName } from '@consort/protocol'

export interface Evaluation {
  readonly examples: number
  /** Metrics that do not apply to the task are absent. */
  readonly values: Partial<Record<MetricName, number>>
}

export interface Scored {
  /** [count × outputs], row after row: logits, or predicted numbers. */
  readonly scores: Float32Array
  readonly outputs: number
  readonly labels: Int32Array | Float32Array
}

/**
 * The mean loss and, for classes, accuracy, precision, recall and F1 as fractions. With two classes the last three
 * are about the second ("positive") one; with more they are averaged over the classes (macro). A ratio with nothing
 * below the line counts as 0.
 */
export function evaluate(loss: LossKind, scored: Scored): Evaluation {
  const { labels } = scored
  const examples = labels.length
  const mean = meanLoss(loss, scored)
  if (loss === 'mse') return { examples, values: { loss: mean } }
  const classes = loss === 'binary-cross-entropy' ? 2 : scored.outputs
  const predicted = predictedClasses(scored)
  const { hits, guesses, occurrences } = countClasses(predicted, labels, classes)
  const correct = hits.reduce((sum, count) => sum + count, 0)
  const averaged = classes === 2 ? [1] : hits.map((_, index) => index)
  const average = (of: (index: number) => number): number =>
    averaged.reduce((sum, index) => sum + of(index), 0) / averaged.length
  return {
    examples,
    values: {
      loss: mean,
      accuracy: ratio(correct, examples),
      precision: average(index => ratio(hits[index]!, guesses[index]!)),
      recall: average(index => ratio(hits[index]!, occurrences[index]!)),
      f1: average(index => ratio(2 * hits[index]!, guesses[index]! + occurrences[index]!)),
    },
  }
}

/** The class with the largest score; for a single score, whether it is above 0. */
export function predictedClasses({ scores, outputs }: Pick<Scored, 'scores' | 'outputs'>): Int32Array {
  return Int32Array.from({ length: scores.length / outputs }, (_, row) => {
    if (outputs === 1) return scores[row]! > 0 ? 1 : 0
    let best = 0
    for (let column = 1; column < outputs; column++) {
      if (scores[row * outputs + column]! > scores[row * outputs + best]!) best = column
    }
    return best
  })
}

function countClasses(predicted: Int32Array, labels: Int32Array | Float32Array, classes: number) {
  const zeros = (): number[] => new Array<number>(classes).fill(0)
  const counts = { hits: zeros(), guesses: zeros(), occurrences: zeros() }
  for (const [row, guess] of predicted.entries()) {
    const label = labels[row]!
    counts.guesses[guess]! += 1
    counts.occurrences[label]! += 1
    if (guess === label) counts.hits[guess]! += 1
  }
  return counts
}

function meanLoss(kind: LossKind, { scores, outputs, labels }: Scored): number {
  let sum = 0
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!
    if (kind === 'cross-entropy')
      sum += negativeLogLikelihood(scores.subarray(row * outputs, (row + 1) * outputs), label)
    else if (kind === 'binary-cross-entropy') sum += logOnePlusExp(scores[row]!) - label * scores[row]!
    else sum += (scores[row]! - label) ** 2
  }
  return sum / labels.length
}

function negativeLogLikelihood(logits: Float32Array, label: number): number {
  const largest = logits.reduce((max, logit) => Math.max(max, logit), Number.NEGATIVE_INFINITY)
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0)
  return largest + Math.log(total) - logits[label]!
}

function logOnePlusExp(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
