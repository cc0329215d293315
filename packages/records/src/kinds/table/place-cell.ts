import { parseNumber } from '../../columns/parse-number.ts'
import type { TableFeature } from '../../kind/table-feature.ts'

/** A cell raises at most one number of its feature: `value` at `slot`, counted from the feature's first. */
export interface Place {
  readonly slot: number
  readonly value: number
}

export type CellFault = 'not-a-number' | 'too-large' | 'missing' | 'unknown'

/**
 * What a cell becomes under a feature, or why it cannot be used. Slots are in the order of `featureWidth`:
 * values first, then the indicator for missing, then the one for unknown. `null` is a cell without a record.
 */
export function placeCell(feature: TableFeature, cell: string | null): Place | CellFault {
  return feature.kind === 'number' ? placeNumberCell(feature, cell) : placeCategory(feature, cell)
}

export function isFault(place: Place | CellFault): place is CellFault {
  return typeof place === 'string'
}

/** `(value − center) / scale` for a float32; undefined when it does not fit in one. */
export function standardise(value: number, { center, scale }: { center: number; scale: number }) {
  const scaled = Math.fround((value - center) / scale)
  return Number.isFinite(scaled) ? scaled : undefined
}

/** What is wrong with the cell (not what it holds), and what to do. */
export function faultText(feature: TableFeature, fault: CellFault): { what: string; hint: string } {
  switch (fault) {
    case 'not-a-number':
      return { what: 'not a finite number', hint: numberHint }
    case 'too-large':
      return {
        what: 'too large for a 32-bit number after scaling',
        hint: 'Check the unit, and the center and scale of the recipe.',
      }
    case 'missing':
      return {
        what: 'nothing is recorded',
        hint: 'The recipe refuses that: fill the cell in, leave the record out, or agree on another `missing`.',
      }
    case 'unknown':
      return {
        what: 'not one of the values that the recipe lists',
        hint: `${listed(feature.kind === 'category' ? feature.values : [])} Map the cell to one of them, or agree on another \`unknown\`.`,
      }
  }
}

export const numberHint =
  'Write digits with a decimal point, as in -0.5 or 1e-3: no decimal comma, thousands separator or unit.'

/** The first names of a list that the recipe makes public, as a sentence. */
export function listed(names: readonly string[]): string {
  const more = names.length > 10 ? ` and ${names.length - 10} more` : ''
  return `The recipe lists: ${names.slice(0, 10).join(', ')}${more}.`
}

export type NumberFeature = Extract<TableFeature, { kind: 'number' }>
type CategoryFeature = Extract<TableFeature, { kind: 'category' }>

function placeNumberCell(feature: NumberFeature, cell: string | null): Place | CellFault {
  if (cell === null) {
    if (feature.missing === 'refuse') return 'missing'
    return feature.missing === 'indicator' ? { slot: 1, value: 1 } : nothing
  }
  const number = parseNumber(cell)
  if (number === undefined) return 'not-a-number'
  const value = placeNumber(feature, number)
  return typeof value === 'string' ? value : { slot: 0, value }
}

/** What a number raises its feature's first slot to. */
export function placeNumber(feature: NumberFeature, number: number): number | 'too-large' {
  return standardise(number, feature) ?? 'too-large'
}

function placeCategory({ values, missing, unknown }: CategoryFeature, cell: string | null) {
  if (cell === null) {
    if (missing === 'refuse') return 'missing'
    return missing === 'indicator' ? { slot: values.length, value: 1 } : nothing
  }
  const slot = values.indexOf(cell)
  if (slot >= 0) return { slot, value: 1 }
  if (unknown === 'refuse') return 'unknown'
  const indicator = values.length + (missing === 'indicator' ? 1 : 0)
  return unknown === 'indicator' ? { slot: indicator, value: 1 } : nothing
}

/** Leaves every number of the feature at zero. */
const nothing: Place = { slot: 0, value: 0 }
