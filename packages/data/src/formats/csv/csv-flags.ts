import type { Given } from '../flags.ts'
import { featuresFlag, labelFlag, missingFlag, tableFieldsOf } from '../table-flags.ts'
import { csvFile } from './csv-file.ts'

const lacking = {
  message: '--csv needs --label or --mapping',
  hint: 'Name the column that is to be predicted, or the mapping to the agreed schema.',
}

/** `--csv FILE --label COLUMN`, and what of it is used. */
export const csvFlags = {
  files: csvFile,
  others: [labelFlag, featuresFlag, missingFlag],
  sourceOf: (given: Given) => ({ kind: 'csv' as const, ...tableFieldsOf(given, csvFile, lacking) }),
}
