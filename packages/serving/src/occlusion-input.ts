import { encodeRecord } from '@consort/data'
import { featureWidth, type TableFeature, type TableInput } from '@consort/protocol'

export interface OcclusionInput {
  /** An encoded row in which nothing is recorded; a number that may not be missing stands at its center. */
  readonly baseline: Float32Array
  /** Where each feature stands in it. */
  readonly features: readonly { readonly name: string; readonly offset: number; readonly width: number }[]
}

/** What occlusion puts in the place of a feature, and where. */
export function occlusionInput(features: readonly TableFeature[]): OcclusionInput {
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
