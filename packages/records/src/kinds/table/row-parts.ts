import type { RecordParts } from '../../kind/case-kind.ts'
import { featureWidth, type TableFeature } from '../../kind/table-feature.ts'
import { encodeRecord } from './encode-record.ts'
import type { TableInput } from './table-input.ts'

/**
 * The fields of a row, and a row in which nothing is recorded; a number that may not be missing stands at its center.
 */
export function rowParts(features: readonly TableFeature[]): RecordParts {
  const input: TableInput = { kind: 'table', features: features.map(allowMissing) }
  const nothing = Object.fromEntries(features.map(({ name }) => [name, null]))
  let offset = 0
  const slices = features.map(feature => {
    const slice = { name: feature.name, offset, width: featureWidth(feature) }
    offset += slice.width
    return slice
  })
  return { baseline: encodeRecord(nothing, { input }), features: slices }
}

function allowMissing(feature: TableFeature): TableFeature {
  if (feature.missing !== 'refuse') return feature
  return feature.kind === 'number' ? { ...feature, missing: 'center' } : { ...feature, missing: 'none' }
}
