import type { Dataset } from '@consort/records'
import { type DataSource, openSource } from './formats/formats.ts'
import type { ReadOptions } from './read-options.ts'

/**
 * Reads a whole data set into memory and checks it. Throws `data-unreadable` or `label-missing` with the file,
 * row and column of the first fault, never with what a cell holds; for a mapped source also as `readMapped` does.
 */
export async function readDataset(source: DataSource, options: ReadOptions = {}): Promise<Dataset> {
  return await (await openSource(source)).read(options)
}
