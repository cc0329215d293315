import { nearNames, Refusal } from '@consort/basics'
import { featureWidth, type TableFeature } from '../../kind/table-feature.ts'
import { faultText, isFault, placeCell } from './place-cell.ts'
import type { TableInput } from './table-input.ts'
import { tableWidth } from './table-width.ts'

/** One row to predict from: numbers and texts by column name, null (or an empty text) where nothing is recorded. */
export type TableRecord = Readonly<Record<string, string | number | null>>

/**
 * The numbers that `encodeExamples` would make of a row with these cells. A column that the recipe asks for must
 * be there, if only as null, so that a misspelt name is not read as a missing value; further ones are ignored.
 * Throws `value-invalid` with the column as `path`.
 */
export function encodeRecord(
  record: TableRecord,
  { input }: { readonly input: TableInput | OtherInput },
): Float32Array {
  if (!isTable(input)) {
    throw new Refusal('value-invalid', `The model takes ${input.kind}, not rows`)
  }
  const numbers = new Float32Array(tableWidth(input.features))
  let offset = 0
  for (const feature of input.features) {
    const place = placeCell(feature, cellOf(record, feature))
    if (isFault(place)) {
      const { what, hint } = faultText(feature, place)
      throw new Refusal('value-invalid', `Column ${feature.name}: ${what}`, { hint, path: feature.name })
    }
    numbers[offset + place.slot] = place.value
    offset += featureWidth(feature)
  }
  return numbers
}

/** What a recipe says of another kind of record. */
interface OtherInput {
  readonly kind: string
}

function isTable(input: TableInput | OtherInput): input is TableInput {
  return input.kind === 'table'
}

function cellOf(record: TableRecord, { name }: TableFeature): string | null {
  const value = Object.hasOwn(record, name) ? record[name] : undefined
  if (value === undefined) {
    const near = nearNames(name, Object.keys(record))
    throw new Refusal('value-invalid', `The record has no column named ${name}`, {
      hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'Say null where nothing is recorded.',
      path: name,
    })
  }
  const cell = value === null ? '' : String(value).trim()
  return cell === '' ? null : cell
}
