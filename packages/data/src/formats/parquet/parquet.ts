import { z } from 'zod'
import { format } from '../format.ts'
import { pathField, tableFields } from '../source-fields.ts'
import { parquetFlags } from './parquet-flags.ts'

/** A Parquet file whose columns are flat: numbers, texts, truth values, dates. */
export const parquet = format({
  schema: z.strictObject({ kind: z.literal('parquet'), path: pathField, ...tableFields }),
  paths: ['path'],
  flags: parquetFlags,
  exports: () => ({ as: 'rows' }),
  open: async source => (await import('./open-parquet.ts')).openParquet(source),
})
