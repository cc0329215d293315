import { Refusal, type TableSchema } from '@consort/protocol'
import type { TableDataset } from '@consort/records'
import { readColumns } from '../csv/read-columns.ts'
import type { ReadFile } from '../files/file-stamp.ts'
import type { ReadOptions } from '../read-options.ts'
import { checkMapping } from './check-mapping.ts'
import { type ConformanceReport, requireConformance } from './conformance.ts'
import { type Harmonised, harmonise } from './harmonise.ts'
import { readMappingFile } from './read-mapping.ts'

/** Separated text, and the mapping that translates it. */
export interface MappedSource {
  readonly path: string
  /** The path of the mapping, in YAML. */
  readonly mapping: string
  /** By default a tab for .tsv and .tab, else a comma. */
  readonly delimiter?: string | undefined
}

/**
 * Reads a file as the table of the consortium. Throws `mapping-invalid` without a schema and for a mapping that does
 * not fit it, `data-mismatch` for a file that does not conform, `data-unreadable` for one that cannot be read.
 */
export async function readMapped(source: MappedSource, options: ReadOptions): Promise<TableDataset> {
  return (await readMappedFiles(source, options)).dataset
}

/** The same, and the files that it comes from: the data, then the mapping. */
export async function readMappedFiles(
  source: MappedSource,
  options: ReadOptions,
): Promise<{ dataset: TableDataset; files: readonly ReadFile[] }> {
  const { schema } = options
  if (schema === undefined) {
    throw new Refusal('mapping-invalid', `${source.mapping} maps to a schema that this node does not have`, {
      hint: 'The schema of a data set is part of the agreement: sign it first.',
    })
  }
  const { dataset, report, files } = await harmoniseFiles(source, schema, options)
  requireConformance(report)
  return { dataset, files }
}

/** The same, to look at: tells how the file conforms, and throws only for what cannot be read or mapped at all. */
export async function readConformance(
  source: MappedSource,
  schema: TableSchema,
  options: ReadOptions = {},
): Promise<ConformanceReport> {
  const { report } = await harmoniseFiles(source, schema, options)
  return report
}

async function harmoniseFiles(
  { path, mapping: mappingPath, delimiter }: MappedSource,
  schema: TableSchema,
  options: ReadOptions,
): Promise<Harmonised & { files: readonly ReadFile[] }> {
  const { mapping, file: mappingFile } = await readMappingFile(mappingPath)
  checkMapping(mapping, schema) // before a large file is read for nothing
  const columns = Object.entries(mapping.fields).flatMap(([name, field]) =>
    field.kind === 'absent' ? [] : [{ name: field.column, path: `fields.${name}.column` }],
  )
  const label = { name: mapping.label.column, path: 'label.column' }
  const wanted = { columns: [...columns, label], header: mapping.header }
  const { file, ...read } = await readColumns({ path, delimiter }, wanted, options)
  return { ...harmonise(read, mapping, schema), files: [file, mappingFile] }
}
