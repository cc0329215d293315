import { z } from 'zod'
import { csvFile } from '../csv/csv-file.ts'
import { textFlag } from '../flags.ts'
import { format } from '../format.ts'
import { delimiterField, pathField } from '../source-fields.ts'

const mappingFlag = textFlag('--mapping <file>', {
  en: 'YAML file that maps the columns to the agreed schema',
  zh: '将各列映射到约定的字段规范的 YAML 文件',
})

/** Separated text that a mapping file of this node translates into the consortium's schema. */
export const mapped = format({
  schema: z.strictObject({
    kind: z.literal('mapped'),
    path: pathField,
    /** The mapping, in YAML. */
    mapping: pathField,
    delimiter: delimiterField,
  }),
  paths: ['path', 'mapping'],
  flags: {
    files: csvFile,
    others: [mappingFlag],
    isMeant: given => given(mappingFlag) !== undefined,
    sourceOf: given => ({
      kind: 'mapped' as const,
      path: given(csvFile) ?? '',
      mapping: given(mappingFlag) ?? '',
    }),
  },
  isTranslated: true,
  exports: () => ({ as: 'rows' }),
  open: async source => (await import('./open-mapped.ts')).openMapped(source),
})
