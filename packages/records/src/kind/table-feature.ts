import { z } from 'zod'

/** The name of a column. */
export const columnName = z.string().min(1).max(200)

/** `(value − center) / scale`. Missing cells become the center, or also raise a second, 0/1 feature. */
const numberFeature = z.strictObject({
  name: columnName,
  kind: z.literal('number'),
  center: z.number().default(0),
  scale: z.number().positive().default(1),
  missing: z.enum(['center', 'indicator', 'refuse']).default('center'),
})

/** One 0/1 feature for each value, one more for missing cells or unknown values where these are not refused. */
const categoryFeature = z.strictObject({
  name: columnName,
  kind: z.literal('category'),
  values: z.array(z.string().max(200)).min(1).max(1000),
  missing: z.enum(['none', 'indicator', 'refuse']).default('none'),
  unknown: z.enum(['none', 'indicator', 'refuse']).default('refuse'),
})

export const tableFeatureSchema = z.discriminatedUnion('kind', [numberFeature, categoryFeature])
export type TableFeature = z.infer<typeof tableFeatureSchema>

/** How many numbers a column becomes: values first, then the indicator for missing, then the one for unknown. */
export function featureWidth(feature: TableFeature): number {
  if (feature.kind === 'number') return feature.missing === 'indicator' ? 2 : 1
  return (
    feature.values.length +
    (feature.missing === 'indicator' ? 1 : 0) +
    (feature.unknown === 'indicator' ? 1 : 0)
  )
}
