import { Refusal, type TaskSpec } from '@consort/protocol'
import {
  type Dataset,
  distinctTexts,
  labelsOf,
  listed,
  numberAt,
  numberHint,
  recordName,
  standardise,
} from '@consort/records'

/**
 * Indices into the recipe's classes, or `(label − center) / scale`. Throws `class-unknown` or `value-invalid`
 * naming the record, never its label.
 */
export function encodeLabels(dataset: Dataset, task: TaskSpec, rows: Int32Array): Int32Array | Float32Array {
  return task.kind === 'classification'
    ? encodeClasses(dataset, task.classes, rows)
    : encodeTargets(dataset, task, rows)
}

function encodeClasses(dataset: Dataset, classes: readonly string[], rows: Int32Array): Int32Array {
  const indexOf = new Map(classes.map((name, index) => [name, index]))
  const labels = classesOf(dataset, indexOf, rows)
  const first = labels.indexOf(-1)
  if (first < 0) return labels
  const noneMatches = labels.length > 1 && labels.every(label => label === -1)
  throw new Refusal(
    'class-unknown',
    noneMatches
      ? `None of the ${labels.length} labels is a class of the recipe`
      : `${recordName(dataset, rows[first]!)}: the label is not a class of the recipe`,
    { hint: `${listed(classes)} Labels must be written in exactly this way.`, path: 'task.classes' },
  )
}

/** Each distinct label is looked up once; −1 for one that is not a class. */
function classesOf(dataset: Dataset, indexOf: ReadonlyMap<string, number>, rows: Int32Array): Int32Array {
  const { codes, values } = distinctTexts(labelsOf(dataset))
  const classes = values.map(text => indexOf.get(text) ?? -1)
  return rows.map(row => classes[codes[row]!]!)
}

function encodeTargets(
  dataset: Dataset,
  scaling: { center: number; scale: number },
  rows: Int32Array,
): Float32Array {
  const labels = labelsOf(dataset)
  return Float32Array.from(rows, row => {
    const number = numberAt(labels, row) ?? undefined
    const target = number === undefined ? undefined : standardise(number, scaling)
    if (target !== undefined) return target
    throw new Refusal(
      'value-invalid',
      `${recordName(dataset, row)}: the label is not a finite number that fits in 32 bits`,
      { hint: numberHint },
    )
  })
}
