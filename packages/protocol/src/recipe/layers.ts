import { z } from 'zod'
import { adapterSchema } from './adapter/adapter.ts'

const size = z.int().min(1).max(1_000_000)
const window = z.int().min(1).max(1024)

export const activationSchema = z.enum(['none', 'relu', 'sigmoid', 'tanh'])
export type Activation = z.infer<typeof activationSchema>

const activation = activationSchema.default('none')

/** Square kernels; `padding` is zeros on every side; `groups` splits the channels (filters = groups: depthwise). */
const conv = z.strictObject({
  kind: z.literal('conv'),
  filters: size,
  kernel: window,
  stride: window.default(1),
  padding: z.int().min(0).max(1024).default(0),
  dilation: window.default(1),
  groups: size.default(1),
  activation,
})

/** Windows overlap when `stride` is less than `size`; by default it equals it. */
const maxPool = z.strictObject({ kind: z.literal('max-pool'), size: window, stride: window.optional() })
const averagePool = z.strictObject({
  kind: z.literal('average-pool'),
  size: window,
  stride: window.optional(),
})
const globalAveragePool = z.strictObject({ kind: z.literal('global-average-pool') })

const dense = z.strictObject({ kind: z.literal('dense'), units: size, activation })

/** Each value is set to zero with probability `rate` while training, the others are scaled by 1/(1 − rate). */
const dropout = z.strictObject({ kind: z.literal('dropout'), rate: z.number().min(0).max(0.95) })

/**
 * The values of each example are brought to mean 0 and variance 1, then scaled and shifted by weights of their own (Ba,
 * Kiros, Hinton 2016). No example looks at another, as it would in batch normalisation.
 */
const layerNorm = z.strictObject({ kind: z.literal('layer-norm'), activation })

/** The same for each of `groups` equal parts of a picture's channels, one scale and shift a channel (Wu, He 2018). */
const groupNorm = z.strictObject({ kind: z.literal('group-norm'), groups: size, activation })

/**
 * First layer over a table: each category becomes `dimensions` learnt numbers (Guo, Berkhahn 2016) instead of one for
 * each value. `shared`: columns that list the same values learn together.
 */
const embedding = z.strictObject({
  kind: z.literal('embedding'),
  dimensions: z.int().min(1).max(1024),
  shared: z.boolean().default(false),
})

/**
 * What `layers` make of what comes in, added to what `shortcut` makes of it: the same where the list is empty (He,
 * Zhang, Ren, Sun 2016). The two must have one shape; where `layers` change it, a convolution of kernel 1 and the same
 * stride does so too.
 */
function residualOf<Inner extends z.ZodType>(inner: Inner) {
  const list = z.array(inner)
  return z.strictObject({
    kind: z.literal('residual'),
    layers: list.min(1).max(20),
    shortcut: list.max(5).default([]),
    activation,
  })
}

const withinPictures = [conv, maxPool, averagePool, dropout, layerNorm, groupNorm] as const
const withinTables = [dense, dropout, layerNorm] as const

/** What may stand within a residual of a cnn, and of an mlp. */
export const innerPictureLayerSchema = z.discriminatedUnion('kind', withinPictures)
export const innerTableLayerSchema = z.discriminatedUnion('kind', withinTables)

const cnnLayerSchema = z.discriminatedUnion('kind', [
  ...withinPictures,
  residualOf(innerPictureLayerSchema),
  globalAveragePool,
  dense,
])
export type CnnLayer = z.infer<typeof cnnLayerSchema>

/**
 * What stands between the input and the output layer, which the task adds: one unit a class (or one alone for
 * the sigmoid loss and for regression).
 */
export const modelSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('logistic') }),
  z.strictObject({
    kind: z.literal('mlp'),
    layers: z
      .array(z.discriminatedUnion('kind', [...withinTables, residualOf(innerTableLayerSchema), embedding]))
      .min(1)
      .max(100),
  }),
  z.strictObject({ kind: z.literal('cnn'), layers: z.array(cnnLayerSchema).min(1).max(200) }),
  adapterSchema,
])
export type ModelSpec = z.infer<typeof modelSchema>

/** What `model.kind` may be. */
export const modelKinds: readonly ModelSpec['kind'][] = modelSchema.options.map(
  ({ shape }) => shape.kind.value,
)
