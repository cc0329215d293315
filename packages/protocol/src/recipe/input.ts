import { z } from 'zod'
import { nameSchema } from '../id.ts'

const columnName = z.string().min(1).max(200)

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

/** Bytes are divided by 255, then `(value − mean) / deviation`, the same for every channel. */
const imageInput = z.strictObject({
  kind: z.literal('images'),
  height: z.int().min(1).max(4096),
  width: z.int().min(1).max(4096),
  channels: z.literal([1, 3]).default(1),
  mean: z.number().default(0),
  deviation: z.number().positive().default(1),
  /** Training only: every image is moved by up to so many pixels in each direction, zeros come in. */
  shift: z.int().min(0).max(16).default(0),
  /** Training only: every other image, drawn anew each time, is turned left to right. */
  mirror: z.boolean().default(false),
})
export type ImageInput = z.infer<typeof imageInput>

const tableInput = z.strictObject({
  kind: z.literal('table'),
  features: z.array(tableFeatureSchema).min(1).max(10_000),
})
export type TableInput = z.infer<typeof tableInput>

export const inputSchema = z.discriminatedUnion('kind', [imageInput, tableInput])
export type InputSpec = z.infer<typeof inputSchema>

export const taskSpecSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('classification'),
    classes: z.array(z.string().min(1).max(100)).min(2).max(10_000),
  }),
  z.strictObject({
    kind: z.literal('regression'),
    /** The model learns `(label − center) / scale`. */
    center: z.number().default(0),
    scale: z.number().positive().default(1),
  }),
])
export type TaskSpec = z.infer<typeof taskSpecSchema>

export const datasetNameSchema = nameSchema

/** What one example looks like to the model: `[channels, height, width]` or `[features]`. */
export function inputShapeOf(input: InputSpec): number[] {
  if (input.kind === 'images') return [input.channels, input.height, input.width]
  return [input.features.reduce((width, feature) => width + featureWidth(feature), 0)]
}

/** How many numbers a column becomes: values first, then the indicator for missing, then the one for unknown. */
export function featureWidth(feature: TableFeature): number {
  if (feature.kind === 'number') return feature.missing === 'indicator' ? 2 : 1
  return (
    feature.values.length +
    (feature.missing === 'indicator' ? 1 : 0) +
    (feature.unknown === 'indicator' ? 1 : 0)
  )
}
