import type { SparseRows, TableRows, TokenRows } from '@consort/records'
import { writeSparseRows } from './sparse-rows.ts'
import { createRowsWriter, type RowsWriter } from './table-rows.ts'

/** What writes examples that become floats when they are needed; `width` is how many numbers an example has. */
export function createRowWriter(inputs: TableRows | SparseRows | TokenRows, width: number): RowsWriter {
  if ('ids' in inputs) throw new TypeError('sequences of tokens do not become rows of numbers')
  if ('columns' in inputs) return createRowsWriter(inputs, width)
  return (into, indices) => writeSparseRows(inputs, { into, width, indices })
}
