import { nearNames, Refusal } from '@consort/basics'
import { type Column, formAt, type NumberColumn } from '../../columns/column.ts'
import { distinctTexts } from '../../columns/distinct-texts.ts'
import { missingForm } from '../../columns/number-forms.ts'
import type { CodesColumn, NumbersColumn, PlacedColumn } from '../../examples/table-rows.ts'
import { featureWidth, type TableFeature } from '../../kind/table-feature.ts'
import {
  type CellFault,
  faultText,
  isFault,
  type NumberFeature,
  type Place,
  placeCell,
  placeNumber,
} from './place-cell.ts'
import { rowName, type TableDataset } from './table-dataset.ts'
import type { TableInput } from './table-input.ts'

/**
 * Says of one column of the table after the other which of an example's numbers its cells raise, and holds no numbers
 * itself. Throws `data-mismatch` naming a column that is not there, `value-invalid` naming row and column of a cell
 * among `rows` that cannot be used.
 */
export function* placeColumns(
  table: TableDataset,
  { features }: TableInput,
  rows: Int32Array,
): Generator<PlacedColumn> {
  let offset = 0
  for (const feature of features) {
    yield placeColumn({ feature, column: columnOf(table, feature.name), rows, offset })
    offset += featureWidth(feature)
  }
}

interface Target {
  readonly feature: TableFeature
  readonly column: Column
  readonly rows: Int32Array
  /** Where the feature's numbers begin among those of an example. */
  readonly offset: number
}

function placeColumn(target: Target): PlacedColumn {
  const { feature, column } = target
  return feature.kind === 'number' && column.kind === 'numbers'
    ? placeNumbers(feature, column, target)
    : placeTexts(column, target)
}

/** No number becomes a text on its way. A fault counts only where a chosen row holds it. */
function placeNumbers(feature: NumberFeature, column: NumberColumn, target: Target): NumbersColumn {
  const { rows, offset } = target
  const missing = placeCell(feature, null)
  let hasMissing = false
  for (let position = 0; position < rows.length; position++) {
    const row = rows[position]!
    const number = column.values[row]!
    const isMissing = Number.isNaN(number)
    hasMissing ||= isMissing
    const place = isMissing ? placeWithout(column, row, missing) : placeNumber(feature, number)
    if (typeof place === 'string') throw faultAt(target, row, place)
  }
  const { center, scale } = feature
  const numbers = { kind: 'numbers', values: column.values, slot: offset, center, scale } as const
  return hasMissing ? { ...numbers, missing: at(missing, offset) } : numbers
}

function placeWithout(column: NumberColumn, row: number, missing: Place | CellFault): Place | CellFault {
  return formAt(column, row) === missingForm ? missing : 'not-a-number'
}

/** Each distinct value is worked out once. */
function placeTexts(column: Column, target: Target): CodesColumn {
  const { feature, rows, offset } = target
  const { codes, values } = distinctTexts(column)
  const missing = placeCell(feature, null)
  const places = values.map(cell => placeCell(feature, cell))
  for (let position = 0; position < rows.length; position++) {
    const row = rows[position]!
    const place = places[codes[row]!] ?? missing
    if (isFault(place)) throw faultAt(target, row, place)
  }
  const placed = places.map(place => at(place, offset))
  return {
    kind: 'codes',
    codes: column.kind === 'texts' ? codes : narrowed(codes, values.length),
    slots: Int32Array.from(placed, ({ slot }) => slot),
    values: Float32Array.from(placed, ({ value }) => value),
    missing: at(missing, offset),
  }
}

/** A place among all numbers of an example; a fault that no chosen row has stands for nothing. */
function at(place: Place | CellFault, offset: number): Place {
  return isFault(place) ? { slot: offset, value: 0 } : { slot: offset + place.slot, value: place.value }
}

/** The codes of numbers are made here, not read: few different ones fit into a byte each, and −1 becomes 255. */
function narrowed(codes: Int32Array, count: number): Int32Array | Uint8Array {
  return count < 256 ? Uint8Array.from(codes) : codes
}

function faultAt({ feature }: Target, row: number, fault: CellFault): Refusal {
  const { what, hint } = faultText(feature, fault)
  return new Refusal('value-invalid', `${rowName(row)}, column ${feature.name}: ${what}`, { hint })
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
