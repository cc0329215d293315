import { Refusal } from '@consort/basics'
import { columnOf } from '../../columns/column-of.ts'
import type { DataKind } from '../../kind/data-kind.ts'
import type { SeriesTypes } from './series-types.ts'

/** Series in memory, which a model sees as they are. */
export const seriesData: DataKind<SeriesTypes> = {
  words: 'series',
  recordName: index => `Series ${index + 1}`,
  labelAt: ({ labels }, index) => labels[index]!,
  labelsOf: ({ labels }) => columnOf(labels),
  encode,
  // biome-ignore lint/correctness/useYield: there is nothing to wait for
  *stream(data, input, chosen) {
    return encode(data, input, chosen)
  },
  contentsOf: ({ length }) => ({ kind: 'series', length }),
  recordContent: data => index => ({
    head: 'series\n',
    body: JSON.stringify([...valuesAt(data, index), data.labels[index]]),
  }),
  unitContent: data => index => ({ head: 'series-unit\n', body: JSON.stringify([...valuesAt(data, index)]) }),
  columnNamed: () => undefined,
  bytesOfExample: ({ length }) => 4 * length,
  growing: null,
}

function encode(...[data, { length }, { rows }]: Parameters<DataKind<SeriesTypes>['encode']>): Float32Array {
  if (data.length !== length) {
    throw new Refusal('data-mismatch', `The series have ${data.length} numbers, the recipe takes ${length}`)
  }
  const inputs = new Float32Array(rows.length * length)
  rows.forEach((row, place) => {
    inputs.set(valuesAt(data, row), place * length)
  })
  return inputs
}

function valuesAt({ values, length }: SeriesTypes['data'], index: number): Float64Array {
  return values.subarray(index * length, (index + 1) * length)
}
