import type { FileHandle } from 'node:fs/promises'
import { Refusal } from '@consort/protocol'
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetSchema,
  type SchemaElement,
} from 'hyparquet'
import { columnsRefusal, memoryRefusal, type ReadLimits } from '../files/read-limits.ts'

/** What the end of a Parquet file says of it. */
export interface ParquetFile {
  readonly file: AsyncBuffer
  readonly metadata: FileMetaData
  readonly columns: readonly SchemaElement[]
  readonly rows: number
}

/**
 * Reads what the file says of its columns, and refuses what would take more memory than it may before any is taken.
 * Throws `data-unreadable`.
 */
export async function openParquetFile(
  path: string,
  { handle, size, limits }: { handle: FileHandle; size: number; limits: ReadLimits },
): Promise<ParquetFile> {
  const file = { byteLength: size, slice: (start: number, end = size) => readBytes(handle, start, end) }
  const metadata = await parquetMetadataAsync(file, { parsers: {}, geoparquet: false })
  const { children } = parquetSchema(metadata)
  if (children.length > limits.columnsMax) throw columnsRefusal(path, 'schema', limits)
  for (const { element, children: inner } of children)
    if (inner.length > 0 || element.repetition_type === 'REPEATED' || !isWritten(element))
      throw unreadable(
        path,
        `column ${element.name} holds neither numbers nor texts`,
        'Leave it out of the file.',
      )
  const rows = Number(metadata.num_rows)
  const groups = metadata.row_groups.reduce((sum, { num_rows }) => sum + Number(num_rows), 0)
  if (!(rows >= 0) || groups !== rows) throw unreadable(path, 'its parts do not add up to its rows', again)
  const needed = Math.max(8 * rows * children.length, largestPart(metadata))
  if (needed > limits.memoryBytesMax) throw memoryRefusal(path, needed, limits)
  return { file, metadata, columns: children.map(({ element }) => element), rows }
}

/** What the writer of a file can do about one that cannot be read. */
export const again = 'Write the file again, without encryption, with flat columns of numbers and texts.'

export function unreadable(path: string, what: string, hint: string, cause?: unknown): Refusal {
  return new Refusal('data-unreadable', `${path}: ${what}`, { hint, cause })
}

/** Octets and durations have no text that a CSV file would have. */
function isWritten({ type, converted_type, logical_type, name }: SchemaElement): boolean {
  if (name === '' || type === undefined) return false
  if (converted_type === 'BSON' || converted_type === 'INTERVAL') return false
  const kind = logical_type?.type
  if (kind === 'GEOMETRY' || kind === 'GEOGRAPHY' || kind === 'VARIANT') return false
  if (type !== 'BYTE_ARRAY' && type !== 'FIXED_LEN_BYTE_ARRAY') return true
  return converted_type !== undefined || kind !== undefined
}

/** The bytes of the column that takes the most in one group of rows, as the file says. */
function largestPart({ row_groups }: FileMetaData): number {
  const sizes = row_groups.flatMap(({ columns }) =>
    columns.map(({ meta_data }) => Number(meta_data?.total_uncompressed_size ?? 0)),
  )
  return sizes.reduce((most, size) => Math.max(most, size), 0)
}

async function readBytes(handle: FileHandle, start: number, end: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(Math.max(0, end - start))
  for (let held = 0; held < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, held, bytes.length - held, start + held)
    if (bytesRead === 0) throw new RangeError('The file ends before what it says')
    held += bytesRead
  }
  return bytes.buffer
}
