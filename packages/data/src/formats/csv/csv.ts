import { z } from 'zod'
import { format } from '../format.ts'
import { delimiterField, pathField } from '../source-fields.ts'
import { csvFlags } from './csv-flags.ts'

/** Separated text with a header line. */
export const csv = format({
  schema: z.strictObject({
    kind: z.literal('csv'),
    path: pathField,
    /** The column that is to be predicted. */
    label: z.string().min(1).max(200),
    /** Columns to use; all but the label when absent. */
    features: z.array(z.string().min(1).max(200)).min(1).optional(),
    delimiter: delimiterField,
    /** Cells that mean "not recorded", beside empty ones. */
    missing: z.array(z.string().max(50)).default(['?', 'NA', 'NaN', 'null']),
  }),
  paths: ['path'],
  flags: csvFlags,
  exports: () => ({ as: 'rows' }),
  open: async source => (await import('./open-csv.ts')).openCsv(source),
})
