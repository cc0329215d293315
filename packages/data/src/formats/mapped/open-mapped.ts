import { type MappedSource, readConformance, readMapped, readMappedFiles } from '../../mapping/read-mapped.ts'
import type { OpenSource } from '../format.ts'
import { readingOfTable } from '../reading-of-table.ts'

/**
 * The readers of one file through its mapping: of its columns, and of its privacy units, they know what the mapping
 * makes of them, the label without a name.
 */
export function openMapped(source: MappedSource): OpenSource {
  return {
    read: options => readMapped(source, options),
    rows: {
      path: source.path,
      labelName: null,
      async read(keys, options) {
        const { dataset, files } = await readMappedFiles(source, options)
        return readingOfTable(dataset, { files, keys, label: '' })
      },
      allColumns: ({ data }) => data,
      conformance: (schema, options) => readConformance(source, schema, options),
    },
  }
}
