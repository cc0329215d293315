import { z } from 'zod'
import { csvFile } from '../csv/csv-file.ts'
import { format } from '../format.ts'
import { delimiterField, pathField } from '../source-fields.ts'
import { labelFlag } from '../table-flags.ts'
import { textColumnFields, textsStay } from '../text-fields.ts'
import { textColumnsFlag, textFields } from '../text-flags.ts'

/** Texts in columns of separated text with a header line. */
export const csvText = format({
  schema: z.strictObject({
    kind: z.literal('csv-text'),
    path: pathField,
    delimiter: delimiterField,
    ...textColumnFields,
  }),
  paths: ['path'],
  flags: {
    files: csvFile,
    others: [textColumnsFlag, labelFlag],
    isMeant: given => given(textColumnsFlag) !== undefined,
    sourceOf: given => ({ kind: 'csv-text' as const, ...textFields(given, csvFile) }),
  },
  exports: textsStay,
  async open(source) {
    const { readCsvTexts } = await import('../../texts/read-csv-texts.ts')
    return { read: options => readCsvTexts(source, options), hasColumns: true }
  },
})
