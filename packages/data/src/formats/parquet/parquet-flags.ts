import { type Given, textFlag } from '../flags.ts'
import { featuresFlag, labelFlag, missingFlag, tableFieldsOf } from '../table-flags.ts'

const parquetFile = textFlag('--parquet <file>', {
  en: 'a Parquet file with flat columns',
  zh: '各列不嵌套的 Parquet 文件',
})

const lacking = { message: '--parquet needs --label', hint: 'Name the column that is to be predicted.' }

/** `--parquet FILE --label COLUMN`, and what of it is used. */
export const parquetFlags = {
  files: parquetFile,
  others: [labelFlag, featuresFlag, missingFlag],
  sourceOf: (given: Given) => ({ kind: 'parquet' as const, ...tableFieldsOf(given, parquetFile, lacking) }),
}
