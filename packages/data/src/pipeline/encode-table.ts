import { featureWidth, Refusal, type TableFeature, type TableInput } from '@consort/protocol'
import { type Cells, recordName, type TableDataset } from '../dataset.ts'
import { nearNames } from '../near-names.ts'
import { faultText, isFault, placeCell } from './place-cell.ts'

/**
 * Rows × the width of `input`, in the order of its features. Throws `data-mismatch` naming a column that is
 * not there, `value-invalid` naming row and column of a cell that cannot be used.
 */
export function encodeTable(table: TableDataset, input: TableInput, rows: Int32Array): Float32Array {
  const width = input.features.reduce((sum, feature) => sum + featureWidth(feature), 0)
  const inputs = new Float32Array(rows.length * width)
  let offset = 0
  for (const feature of input.features) {
    encodeColumn({ feature, cells: columnOf(table, feature.name), table, rows, inputs, width, offset })
    offset += featureWidth(feature)
  }
  return inputs
}

interface Column {
  feature: TableFeature
  cells: Cells
  table: TableDataset
  rows: Int32Array
  inputs: Float32Array
  width: number
  offset: number
}

/** Each distinct value is worked out once; a fault counts only where a chosen row holds it. */
function encodeColumn({ feature, cells, table, rows, inputs, width, offset }: Column): void {
  const missing = placeCell(feature, null)
  const places = cells.values.map(cell => placeCell(feature, cell))
  rows.forEach((row, position) => {
    const place = places[cells.codes[row]!] ?? missing
    if (isFault(place)) {
      const { what, hint } = faultText(feature, place)
      throw new Refusal('value-invalid', `${recordName(table, row)}, column ${feature.name}: ${what}`, {
        hint,
      })
    }
    inputs[position * width + offset + place.slot] = place.value
  })
}

function columnOf(table: TableDataset, name: string): Cells {
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
