import { existsSync, readFileSync } from 'node:fs'
import { Refusal } from '@consort/basics'
import { z } from 'zod'
import { type Column, numberAt, textAt } from '../../columns/column.ts'
import type { CaseKind } from '../../kind/case-kind.ts'
import type { TableFeature } from '../../kind/table-feature.ts'
import { encodeRecord, type TableRecord } from './encode-record.ts'
import { rowParts } from './row-parts.ts'
import { rowOf, type TableTypes } from './table-input.ts'

/** Rows by field. */
export const cases: CaseKind<TableTypes> = {
  encode: async ({ cells }, input) => encodeRecord(cells, { input }),
  parts: async ({ features }) => rowParts(features),
  recordsOf(data, { rows, input: { features } }) {
    const columns = features.map(({ name, kind }) => {
      const column = data.cells[data.columns.indexOf(name)]! // encoding has found them all
      return { name, cells: Array.from(rows, row => cellOf(column, row, kind)) }
    })
    return async index => rowOf(columns.map(({ name, cells }) => [name, cells[index]!]))
  },
  /** `text` is a JSON object, or the path of a file with one. */
  encodeTyped: async (text, input) => encodeRecord(typedRecord(text), { input }),
}

/** No longer than a cell of a case may be. */
const cellTextMax = 2000

function cellOf(column: Column, row: number, kind: TableFeature['kind']): string | number | null {
  const number = kind === 'number' ? numberAt(column, row) : undefined
  return number === undefined ? (textAt(column, row)?.slice(0, cellTextMax).toWellFormed() ?? null) : number
}

const anyObject = z.record(z.string(), z.unknown())

function typedRecord(text: string): TableRecord {
  let record: unknown
  try {
    record = JSON.parse(existsSync(text) ? readFileSync(text, 'utf8') : text)
  } catch (cause) {
    throw new Refusal('input-invalid', 'The record is not JSON', {
      hint: `Give one object, e.g. '{"age": 54, "sex": "male"}', or a file with it.`,
      cause,
    })
  }
  const read = anyObject.safeParse(record)
  if (!read.success) {
    throw new Refusal('input-invalid', 'The record is not a JSON object', {
      hint: 'One object with a field for each feature.',
    })
  }
  const cells = Object.entries(read.data).map(([name, cell]) => [name, plain(cell)] as const)
  return Object.fromEntries(cells)
}

/** What is no cell is read as the text that it would be. */
function plain(cell: unknown): string | number | null {
  return typeof cell === 'number' || cell === null ? cell : String(cell)
}
