import type { Digest } from '@consort/protocol'
import type { TableDataset } from '@consort/records'
import type { WrittenTable } from '../csv/written-table.ts'
import type { ReadFile } from '../files/file-stamp.ts'

/** All that one pass over a file of records gives. */
export interface TableReading {
  readonly data: TableDataset
  /** A keyed digest of each record, `digestBytes` long, one after the other. */
  readonly records: Uint8Array
  /** Of all of them, in their order. */
  readonly digest: Digest
  /**
   * A keyed digest of each record as a privacy unit, `unitBytes` long; absent where a column of the file has no name.
   */
  readonly units?: Uint8Array
  /** Of all of them, in their order: another one means that the units of the same records are others. */
  readonly unitsDigest?: Digest
  /** All columns as they are written, where the source may leave some out. */
  readonly written?: WrittenTable
  /** What was read. */
  readonly files: readonly ReadFile[]
}
