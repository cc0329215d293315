import type { TableSchema } from '@consort/protocol'
import type { Dataset, TableDataset } from '@consort/records'
import type { z } from 'zod'
import type { DigestKeys } from '../csv/read-csv.ts'
import type { ImageFile } from '../images/image-files.ts'
import type { ConformanceReport } from '../mapping/conformance.ts'
import type { ReadOptions } from '../read-options.ts'
import type { SourceFlags } from './flags.ts'
import type { TableReading } from './table-reading.ts'

/** How records lie on a partner's disk. `Source` says where, `Written` is a source with its defaults left out. */
export interface Format<Source, Written = Source> {
  /** Those fields of a source that are paths: registering makes them absolute. */
  readonly paths: readonly (keyof Source)[]
  /** How an operator names such files at the command line. */
  readonly flags: SourceFlags<Written>
  /** Its records are translated into the schema of the agreement, without which nobody can read them. */
  readonly isTranslated?: true
  /** How a copy of the records may leave by an operator's hand. */
  readonly exports: (source: Source) => SourceExport
  /** Loads the reader with `import()`: the command line names formats and reads none. */
  readonly open: (source: Source) => Promise<OpenSource>
}

/** How a copy leaves: rows de-identified, picture files without their metadata, or not at all, with the reason. */
export type SourceExport =
  | { readonly as: 'rows' }
  | { readonly as: 'pictures'; readonly list: () => Promise<readonly ImageFile[]> }
  | { readonly as: 'nothing'; readonly why: string; readonly hint: string }

/**
 * A source whose reader is loaded. `read` reads all records into memory. It throws `data-unreadable` or `label-missing`
 * with the file, row and column of the first fault, never with what a cell holds.
 */
export type OpenSource =
  | {
      readonly read: (options: ReadOptions) => Promise<TableDataset>
      /** The records are rows of one file, which a node reads in a thread and keeps. */
      readonly rows: OpenRows
      readonly hasColumns?: undefined
    }
  | {
      readonly read: (options: ReadOptions) => Promise<Exclude<Dataset, TableDataset>>
      readonly rows?: undefined
      /** Whose a record is stands in columns beside it: a change of them alone has to be noticed too. */
      readonly hasColumns?: true
    }

/** A file of rows whose reader is loaded. */
export interface OpenRows {
  /** The file that holds the rows: its size tells beforehand what its columns take of memory. */
  readonly path: string
  /** Whatever its size: what its reader takes of memory is for the file to say. */
  readonly isAlwaysInThread?: true
  /** Of the label's column; null where the agreed schema alone names it. */
  readonly labelName: string | null
  /** Reads the file through, once. Throws as `OpenSource.read` does. */
  readonly read: (keys: DigestKeys, options: ReadOptions) => Promise<TableReading>
  /**
   * All columns but the label, also those that the source leaves out, with nothing recorded where a cell is one of
   * `marks` (by default those of the source). Throws `data-unreadable` where a column has no name.
   */
  readonly allColumns: (reading: TableReading, marks?: readonly string[]) => TableDataset
  /** Tells how the file conforms to the schema that it is translated into. Throws `mapping-invalid`. */
  readonly conformance?: (schema: TableSchema, options: ReadOptions) => Promise<ConformanceReport>
}

/** A format whose flags, paths and reader fit its own schema. */
export function format<Schema extends z.ZodType>(
  made: Format<z.output<Schema>, z.input<Schema>> & { readonly schema: Schema },
): Format<z.output<Schema>, z.input<Schema>> & { readonly schema: Schema } {
  return made
}
