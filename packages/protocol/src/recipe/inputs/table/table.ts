import { z } from 'zod'
import { type Contradiction, inputKind } from '../input-kind.ts'
import { columnName, featureWidth, type TableFeature, tableFeatureSchema } from '../table-feature.ts'
import { wellFormedText } from '../well-formed-text.ts'

/** How many columns a table has at most. */
const columnsMax = 10_000

/** Rows of columns. */
export const table = inputKind({
  input: z.strictObject({
    kind: z.literal('table'),
    features: z.array(tableFeatureSchema).min(1).max(columnsMax),
  }),
  contents: z.strictObject({ kind: z.literal('table'), columns: z.array(columnName).max(columnsMax) }),
  /** A row by field, in the schema's units and codes; null where nothing is recorded. */
  record: z.strictObject({
    kind: z.literal('row'),
    cells: z
      .record(wellFormedText(200), z.union([wellFormedText(2000), z.number(), z.null()]))
      .refine(cells => Object.keys(cells).length <= columnsMax, `more than ${columnsMax} cells`),
  }),
  keptRecord: z.object({
    kind: z.literal('row'),
    cells: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
  }),
  recordKind: 'row',
  shapeOf: ({ features }) => [features.reduce((width, feature) => width + featureWidth(feature), 0)],
  featuresOf: ({ features }) => features,
  columnsOf: ({ columns }) => columns,
  pixelsOf: () => undefined,
  contradictions: ({ features }) => contradictionsOf(features),
})

function contradictionsOf(features: readonly TableFeature[]): Contradiction[] {
  const found: Contradiction[] = []
  const names = features.map(feature => feature.name)
  const twice = names.findIndex((name, index) => names.indexOf(name) < index)
  if (twice >= 0) {
    const path = ['input', 'features', twice, 'name']
    found.push({ path, message: `the feature ${names[twice]} is listed twice` })
  }
  for (const [index, feature] of features.entries()) {
    if (feature.kind !== 'category' || new Set(feature.values).size === feature.values.length) continue
    found.push({ path: ['input', 'features', index, 'values'], message: 'a value is listed twice' })
  }
  return found
}
