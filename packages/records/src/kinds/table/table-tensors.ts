import type { AskedRow, InputTensors } from '../../kind/input-tensors.ts'
import { type Tensor, tensorRefusal } from '../../tensors/tensor.ts'
import { checkNames, rowsOf } from '../../tensors/tensor-rows.ts'
import { utf8Text } from '../../tensors/utf8-text.ts'
import { encodeRecord, type TableRecord } from './encode-record.ts'
import type { TableInput, TableTypes } from './table-input.ts'

/** As in records that come by the native way. */
const textMax = 2000

/**
 * One input a field, [N] or [N, 1]: numbers (NaN where nothing is recorded) or texts (empty, likewise).
 */
export const tensors: InputTensors<TableInput, TableTypes['record']> = {
  describe: ({ features }) =>
    features.map(({ name, kind }) => ({ name, datatype: kind === 'number' ? 'FP64' : 'BYTES', shape: [-1] })),
  read: async (inputs, input) => tableRows(inputs, input),
}

function tableRows(inputs: ReadonlyMap<string, Tensor>, input: TableInput): AskedRow<TableTypes['record']>[] {
  checkNames(
    inputs,
    input.features.map(({ name }) => name),
  )
  const columns = [...inputs.values()].map(tensor => ({ name: tensor.name, cells: cellsOf(tensor) }))
  const rows = columns[0]?.cells.length ?? 0
  const uneven = columns.find(({ cells }) => cells.length !== rows)
  if (uneven) {
    throw tensorRefusal(
      uneven.name,
      `it has ${uneven.cells.length} rows, and ${columns[0]!.name} has ${rows}`,
      'Send one value a record.',
    )
  }
  return Array.from({ length: rows }, (_, row) => {
    const cells = Object.fromEntries(columns.map(({ name, cells }) => [name, cells[row]!]))
    return { input: encodeRecord(cells, { input }), record: () => ({ kind: 'row', cells }) }
  })
}

type Cell = TableRecord[string]

function cellsOf(tensor: Tensor): Cell[] {
  const rows = rowsOf(tensor, [1])
  if (tensor.datatype === 'BYTES') {
    const { name, values: texts } = tensor
    return Array.from({ length: rows }, (_, row) => textCell(name, texts[row]!))
  }
  const { values } = tensor
  return Array.from({ length: rows }, (_, row) => (Number.isNaN(values[row]) ? null : values[row]!))
}

function textCell(name: string, value: Uint8Array | string): Cell {
  const text = utf8Text(name, value, textMax)
  return text === '' ? null : text
}
