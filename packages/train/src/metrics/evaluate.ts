import { type JudgedRecords, type LossKind, type MetricName, metrics, type Scored } from '@consort/protocol'

export interface Evaluation {
  readonly examples: number
  /** Metrics that do not apply to the task are absent. */
  readonly values: Partial<Record<MetricName, number>>
}

/** All metrics of one model over some records. */
export function evaluate(loss: LossKind, scored: Scored): Evaluation {
  const records = judge(loss, scored)
  const values: Partial<Record<MetricName, number>> = {}
  let name: MetricName
  for (name in metrics) {
    const metric = metrics[name]
    if (metric.appliesTo(records)) values[name] = metric.valueOf(metric.sumsOf(records))
  }
  return { examples: scored.labels.length, values }
}

/** Scored records as the metrics look at them. */
export function judge(loss: LossKind, scored: Scored): JudgedRecords {
  if (loss === 'mse') return { ...scored, loss, classes: null, predicted: new Int32Array() }
  const classes = loss === 'binary-cross-entropy' ? 2 : scored.outputs
  return { ...scored, loss, classes, predicted: predictedClasses(scored) }
}

/** The class with the largest score; for a single score, whether it is above 0. */
function predictedClasses({ scores, outputs }: Pick<Scored, 'scores' | 'outputs'>): Int32Array {
  return Int32Array.from({ length: scores.length / outputs }, (_, row) => {
    if (outputs === 1) return scores[row]! > 0 ? 1 : 0
    let best = 0
    for (let column = 1; column < outputs; column++) {
      if (scores[row * outputs + column]! > scores[row * outputs + best]!) best = column
    }
    return best
  })
}
