import type { DataSource } from '@consort/protocol'
import { readCsv } from './csv/read-csv.ts'
import type { Dataset } from './dataset.ts'
import { readIdx } from './idx/read-idx.ts'
import { readImageFolder } from './images/read-image-folder.ts'

export interface ReadOptions {
  /** Ends the reading; the promise is then rejected with the signal's reason. */
  signal?: AbortSignal
  /** Called now and then with the share that has been read, from 0 to 1. */
  onProgress?: (done: number) => void
}

/**
 * Reads a whole data set into memory and checks it. Throws `data-unreadable` or `label-missing` with the file,
 * row and column of the first fault, never with what a cell holds.
 */
export function readDataset(source: DataSource, options: ReadOptions = {}): Promise<Dataset> {
  switch (source.kind) {
    case 'csv':
      return readCsv(source, options)
    case 'idx':
      return readIdx(source, options)
    case 'image-folder':
      return readImageFolder(source, options)
  }
}
