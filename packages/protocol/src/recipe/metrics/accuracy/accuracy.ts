import { type Metric, ratio } from '../metric.ts'

/** The share of records whose class is predicted. */
export const accuracy: Metric = {
  appliesTo: ({ classes }) => classes !== null,
  sumsOf({ predicted, labels }) {
    let correct = 0
    for (let row = 0; row < labels.length; row++) if (predicted[row] === labels[row]) correct += 1
    return Float64Array.of(correct, labels.length)
  },
  valueOf: ([correct, records]) => ratio(correct!, records!),
}
