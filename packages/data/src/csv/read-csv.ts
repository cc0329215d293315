import type { TableDataset } from '../dataset.ts'
import type { ReadOptions } from '../read-dataset.ts'
import type { CsvSource } from './csv-header.ts'
import { readCsvLines } from './csv-lines.ts'
import { createCsvRows } from './csv-rows.ts'

/**
 * Reads separated text with a header line. Cells are trimmed; an empty one, or one of `source.missing`, is not
 * recorded. 750,000 cells take half a second. Throws `data-unreadable` and `label-missing`.
 */
export async function readCsv(source: CsvSource, options: ReadOptions = {}): Promise<TableDataset> {
  const rows = createCsvRows(source)
  await readCsvLines(source, rows, options)
  return rows.build()
}
