import type { DataSource, TableSchema } from '@consort/protocol'
import { readCsv } from './csv/read-csv.ts'
import type { Dataset } from './dataset.ts'
import { readIdx } from './idx/read-idx.ts'
import { readImageFolder } from './images/read-image-folder.ts'
import { readMapped } from './mapping/read-mapped.ts'

export interface ReadOptions {
  /** Ends the reading; the promise is then rejected with the signal's reason. */
  signal?: AbortSignal
  /** Called now and then with the share that has been read, from 0 to 1. */
  onProgress?: (done: number) => void
  /** What the consortium agreed on for this data set; a mapped source needs it, others pass it over. */
  schema?: TableSchema
}

/**
 * Reads a whole data set into memory and checks it. Throws `data-unreadable` or `label-missing` with the file,
 * row and column of the first fault, never with what a cell holds; for a mapped source also as `readMapped` does.
 */
export function readDataset(source: DataSource, options: ReadOptions = {}): Promise<Dataset> {
  switch (source.kind) {
    case 'csv':
      return readCsv(source, options)
    case 'idx':
      return readIdx(source, options)
    case 'image-folder':
      return readImageFolder(source, options)
    case 'mapped':
      return readMapped(source, options)
  }
}
