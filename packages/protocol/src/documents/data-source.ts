import { z } from 'zod'

const path = z.string().min(1).max(4096)

/** By default a tab for .tsv and .tab, else a comma. */
const delimiter = z.string().length(1).optional()

/** Where records lie on the partner's own machine, and how to read them. Never leaves the node. */
export const dataSourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('csv'),
    path,
    /** The column that is to be predicted. */
    label: z.string().min(1).max(200),
    /** Columns to use; all but the label when absent. */
    features: z.array(z.string().min(1).max(200)).min(1).optional(),
    delimiter,
    /** Cells that mean "not recorded", beside empty ones. */
    missing: z.array(z.string().max(50)).default(['?', 'NA', 'NaN', 'null']),
  }),
  /** The MNIST family's format, gzipped or not: one file of images, one of labels. */
  z.strictObject({
    kind: z.literal('idx'),
    images: path,
    labels: path,
  }),
  /** One folder a class, PNG or JPEG files inside; all become this size. */
  z.strictObject({
    kind: z.literal('image-folder'),
    path,
    height: z.int().min(1).max(4096),
    width: z.int().min(1).max(4096),
    channels: z.union([z.literal(1), z.literal(3)]).default(1),
  }),
  /** Separated text that a mapping file of this node translates into the consortium's schema. */
  z.strictObject({
    kind: z.literal('mapped'),
    path,
    /** The mapping, in YAML. */
    mapping: path,
    delimiter,
  }),
])
export type DataSource = z.infer<typeof dataSourceSchema>
export type DataSourceInput = z.input<typeof dataSourceSchema>
