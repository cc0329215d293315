import type { CodesColumn, NumbersColumn } from '../../examples/table-rows.ts'
import { placeColumns } from './place-columns.ts'
import type { TableDataset } from './table-dataset.ts'
import type { TableInput } from './table-input.ts'
import { tableWidth } from './table-width.ts'

/**
 * Rows × the width of `input`, in the order of its features. Throws as `placeColumns` does. Training takes its batches
 * from the columns instead (`streamExamples`); the numbers are the same.
 */
export function encodeTable(table: TableDataset, input: TableInput, rows: Int32Array): Float32Array {
  const width = tableWidth(input.features)
  const inputs = new Float32Array(rows.length * width)
  for (const column of placeColumns(table, input, rows)) {
    rows.forEach((row, position) => {
      const { slot, value } = column.kind === 'numbers' ? numberAt(column, row) : codeAt(column, row)
      inputs[position * width + slot] = value
    })
  }
  return inputs
}

function numberAt({ values, slot, center, scale, missing }: NumbersColumn, row: number) {
  const number = values[row]!
  return missing && Number.isNaN(number) ? missing : { slot, value: (number - center) / scale }
}

function codeAt({ codes, slots, values, missing }: CodesColumn, row: number) {
  const code = codes[row]!
  return code >= 0 && code < slots.length ? { slot: slots[code]!, value: values[code]! } : missing
}
