import { z } from 'zod'

/** A path on the node's own machine. */
export const pathField = z
  .string()
  .min(1)
  .max(4096)
  .refine(path => !path.includes('\0'), 'no path has a NUL')

/** Between the cells of separated text; by default a tab for .tsv and .tab, else a comma. */
export const delimiterField = z.string().length(1).optional()
