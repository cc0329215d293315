import type { RefusalCode, TableSchema } from '@consort/protocol'
import type { Column } from '@consort/records'
import type { DigestKeys } from '../csv/read-csv.ts'
import type { ReadLimits } from '../files/read-limits.ts'
import type { DataSource } from '../formats/formats.ts'
import type { TableReading } from '../formats/table-reading.ts'
import type { ConformanceReport } from '../mapping/conformance.ts'
import { columnsOf } from './table-reading.ts'

/** What a reading thread is started for. */
export interface ReadRequest {
  /** One whose records are rows. */
  readonly source: DataSource
  /** The file that holds them. */
  readonly path: string
  readonly keys: DigestKeys
  readonly limits: ReadLimits
  /** What the different texts of a reading may take of the heap of the process. */
  readonly textsKeptMax?: number
  readonly schema?: TableSchema | undefined
  /** To tell how the file conforms to the schema, and no more. */
  readonly conformance?: boolean
}

/** What it tells at its end. */
export type ReadReply =
  | { readonly kind: 'read'; readonly reading: TableReading }
  | { readonly kind: 'conformance'; readonly report: ConformanceReport }
  | {
      readonly kind: 'refused'
      readonly code: RefusalCode
      readonly message: string
      readonly hint?: string
      readonly path?: string
    }

/** The memory of a reading that is handed over instead of copied; its columns lie in memory that is shared anyway. */
export function buffersOf(reading: TableReading): ArrayBuffer[] {
  const { records, units } = reading
  const arrays = [...columnsOf(reading).flatMap(arraysOf), records, ...(units ? [units] : [])]
  const buffers = arrays.map(({ buffer }) => buffer).filter(buffer => buffer instanceof ArrayBuffer)
  return [...new Set(buffers)]
}

/** What a column's cells lie in. */
export function arraysOf(column: Column): { readonly buffer: ArrayBufferLike }[] {
  if (column.kind === 'texts') return [column.codes]
  return typeof column.forms === 'number' ? [column.values] : [column.values, column.forms]
}
