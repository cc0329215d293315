import { z } from 'zod'
import type { KindTypes } from '../../kind/input-kind.ts'
import { columnName, tableFeatureSchema } from '../../kind/table-feature.ts'
import { wellFormedText } from '../../kind/well-formed-text.ts'
import type { TableDataset } from './table-dataset.ts'

/** How many columns a table has at most. */
const columnsMax = 10_000

/** How a recipe describes rows. */
export const tableInputSchema = z.strictObject({
  kind: z.literal('table'),
  features: z.array(tableFeatureSchema).min(1).max(columnsMax),
})
export type TableInput = z.infer<typeof tableInputSchema>

export const tableContentsSchema = z.strictObject({
  kind: z.literal('table'),
  columns: z.array(columnName).max(columnsMax),
})

/** A row by field, in the schema's units and codes; null where nothing is recorded. */
export const rowSchema = z.strictObject({
  kind: z.literal('row'),
  cells: z
    .record(wellFormedText(200), z.union([wellFormedText(2000), z.number(), z.null()]))
    .refine(cells => Object.keys(cells).length <= columnsMax, `more than ${columnsMax} cells`),
})
type Row = z.infer<typeof rowSchema>

export type TableTypes = KindTypes<TableInput, z.infer<typeof tableContentsSchema>, Row, TableDataset>

/** A row of these cells. */
export function rowOf(cells: readonly (readonly [string, string | number | null])[]): Row {
  return { kind: 'row', cells: Object.fromEntries(cells) }
}
