import { z } from 'zod'

/** A path on the node's own machine. */
export const pathField = z
  .string()
  .min(1)
  .max(4096)
  .refine(path => !path.includes('\0'), 'no path has a NUL')

/** Between the cells of separated text; by default a tab for .tsv and .tab, else a comma. */
export const delimiterField = z.string().length(1).optional()

/** What is used of a table whose columns have names. */
export const tableFields = {
  /** The column that is to be predicted. */
  label: z.string().min(1).max(200),
  /** Columns to use; all but the label when absent. */
  features: z.array(z.string().min(1).max(200)).min(1).optional(),
  /** Cells that mean "not recorded", beside empty ones. */
  missing: z.array(z.string().max(50)).default(['?', 'NA', 'NaN', 'null']),
}
