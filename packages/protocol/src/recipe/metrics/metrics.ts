import { accuracy } from './accuracy/accuracy.ts'
import { f1, precision, recall } from './by-class/by-class.ts'
import { meanLoss } from './loss/mean-loss.ts'
import type { Metric } from './metric.ts'

/** Every metric that a recipe may ask for, by its name there. A new one adds its line here. */
export const metrics = { loss: meanLoss, accuracy, precision, recall, f1 } as const satisfies Record<
  string,
  Metric
>

export type MetricName = keyof typeof metrics

/** The names, in the order of the table. */
export const metricNames: readonly MetricName[] = namesOf()

function namesOf(): MetricName[] {
  const names: MetricName[] = []
  let name: MetricName
  for (name in metrics) names.push(name)
  return names
}
