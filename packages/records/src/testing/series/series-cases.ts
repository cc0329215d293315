import { readFileSync } from 'node:fs'
import { Refusal } from '@consort/basics'
import type { CaseKind } from '../../kind/case-kind.ts'
import type { SeriesTypes } from './series-types.ts'

/** Single series. */
export const cases: CaseKind<SeriesTypes> = {
  encode: async ({ values }, { length }) => numbersOf(values, length),
  parts: async ({ length }) => ({
    baseline: new Float32Array(length),
    features: Array.from({ length }, (_, offset) => ({ name: String(offset), offset, width: 1 })),
  }),
  recordsOf({ values, length }, { rows }) {
    const own = Array.from(rows, row => values.slice(row * length, (row + 1) * length))
    return async index => ({ kind: 'samples', values: [...own[index]!] })
  },
  /** `path` is a file of numbers with commas between them. */
  encodeTyped: async (path, { length }) =>
    numbersOf(readFileSync(path, 'utf8').split(',').map(Number), length),
}

function numbersOf(values: readonly number[], length: number): Float32Array {
  if (values.length === length) return Float32Array.from(values)
  throw new Refusal('value-invalid', `The series has ${values.length} numbers, the model takes ${length}`, {
    path: 'record.values',
  })
}
