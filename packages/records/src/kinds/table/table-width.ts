import { featureWidth, type TableFeature } from '../../kind/table-feature.ts'

/** How many numbers a row becomes. */
export function tableWidth(features: readonly TableFeature[]): number {
  return features.reduce((width, feature) => width + featureWidth(feature), 0)
}
