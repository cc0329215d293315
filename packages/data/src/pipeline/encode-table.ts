import { featureWidth, nearNames, Refusal, type TableFeature, type TableInput } from '@consort/protocol'
import { type Column, formAt, type NumberColumn, type TextColumn } from '../columns/column.ts'
import { distinctTexts } from '../columns/distinct-texts.ts'
import { missingForm } from '../columns/number-forms.ts'
import { recordName, type TableDataset } from '../dataset.ts'
import {
  type CellFault,
  faultText,
  isFault,
  type NumberFeature,
  type Place,
  placeCell,
  placeNumber,
} from './place-cell.ts'

/**
 * Rows × the width of `input`, in the order of its features. Throws `data-mismatch` naming a column that is
 * not there, `value-invalid` naming row and column of a cell that cannot be used.
 */
export function encodeTable(table: TableDataset, input: TableInput, rows: Int32Array): Float32Array {
  const inputs = new Float32Array(rows.length * widthOf(input))
  for (const _ of encodeColumns(table, input, { rows, inputs }));
  return inputs
}

/** How many numbers one row becomes. */
export function widthOf({ features }: TableInput): number {
  return features.reduce((sum, feature) => sum + featureWidth(feature), 0)
}

/** Writes into `inputs`, which holds zeros, one column of the table after the other, and yields after each. */
export function* encodeColumns(
  table: TableDataset,
  input: TableInput,
  { rows, inputs }: { rows: Int32Array; inputs: Float32Array },
): Generator<void> {
  const width = widthOf(input)
  let offset = 0
  for (const feature of input.features) {
    encodeColumn({ feature, column: columnOf(table, feature.name), table, rows, inputs, width, offset })
    offset += featureWidth(feature)
    yield
  }
}

interface Target {
  readonly feature: TableFeature
  readonly column: Column
  readonly table: TableDataset
  readonly rows: Int32Array
  readonly inputs: Float32Array
  readonly width: number
  readonly offset: number
}

function encodeColumn(target: Target): void {
  const { feature, column } = target
  if (feature.kind === 'number' && column.kind === 'numbers') encodeNumbers(feature, column, target)
  else encodeTexts(distinctTexts(column), target)
}

/** No number becomes a text on its way. A fault counts only where a chosen row holds it. */
function encodeNumbers(feature: NumberFeature, column: NumberColumn, target: Target): void {
  const { rows, inputs, width, offset } = target
  const missing = placeCell(feature, null)
  for (let position = 0; position < rows.length; position++) {
    const row = rows[position]!
    const number = column.values[row]!
    const place = Number.isNaN(number) ? placeWithout(column, row, missing) : placeNumber(feature, number)
    if (typeof place === 'number') inputs[position * width + offset] = place
    else if (isFault(place)) throw faultAt(target, row, place)
    else inputs[position * width + offset + place.slot] = place.value
  }
}

function placeWithout(column: NumberColumn, row: number, missing: Place | CellFault): Place | CellFault {
  return formAt(column, row) === missingForm ? missing : 'not-a-number'
}

/** Each distinct value is worked out once. */
function encodeTexts({ codes, values }: TextColumn, target: Target): void {
  const { feature, rows, inputs, width, offset } = target
  const missing = placeCell(feature, null)
  const places = values.map(cell => placeCell(feature, cell))
  rows.forEach((row, position) => {
    const place = places[codes[row]!] ?? missing
    if (isFault(place)) throw faultAt(target, row, place)
    inputs[position * width + offset + place.slot] = place.value
  })
}

function faultAt({ feature, table }: Target, row: number, fault: CellFault): Refusal {
  const { what, hint } = faultText(feature, fault)
  return new Refusal('value-invalid', `${recordName(table, row)}, column ${feature.name}: ${what}`, { hint })
}

function columnOf(table: TableDataset, name: string): Column {
  const index = table.columns.indexOf(name)
  if (index >= 0) return table.cells[index]!
  const near = nearNames(name, table.columns)
  throw new Refusal('data-mismatch', `The data set has no column named ${name}`, {
    hint:
      near.length > 0
        ? `Did you mean ${near.join(' or ')}? Upper and lower case matter.`
        : 'Every feature of the recipe must be a column of the data set, under the same name.',
  })
}
