import type { DataSource } from '@consort/protocol'
import { readCsv } from './csv/read-csv.ts'
import type { Dataset } from './dataset.ts'
import { readIdx } from './idx/read-idx.ts'
import { readImageFolder } from './images/read-image-folder.ts'
import { readMapped } from './mapping/read-mapped.ts'
import type { ReadOptions } from './read-options.ts'

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
