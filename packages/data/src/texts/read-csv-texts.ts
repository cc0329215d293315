import type { TextDataset } from '@consort/records'
import { readCsvRecords } from '../csv/csv-records.ts'
import { createCsvRows } from '../csv/csv-rows.ts'
import type { ReadOptions } from '../read-options.ts'
import { type TextSource, textsOf } from './text-source.ts'

/** Texts in separated text with a header line. Throws as `readCsv` does. */
export async function readCsvTexts(
  source: TextSource & { readonly delimiter?: string | undefined },
  options: ReadOptions = {},
): Promise<TextDataset> {
  const { path, delimiter, label, text } = source
  const rows = createCsvRows({ path, delimiter, label, features: text, missing: [] })
  await readCsvRecords(source, rows, options)
  return textsOf(rows.build(), source)
}
