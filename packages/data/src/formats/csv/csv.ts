import { z } from 'zod'
import { format } from '../format.ts'
import { delimiterField, pathField, tableFields } from '../source-fields.ts'
import { csvFlags } from './csv-flags.ts'

/** Separated text with a header line. */
export const csv = format({
  schema: z.strictObject({
    kind: z.literal('csv'),
    path: pathField,
    delimiter: delimiterField,
    ...tableFields,
  }),
  paths: ['path'],
  flags: csvFlags,
  exports: () => ({ as: 'rows' }),
  open: async source => (await import('./open-csv.ts')).openCsv(source),
})
