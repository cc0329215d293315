import { Refusal } from '@consort/protocol'
import { ColumnBuilder } from '@consort/records'
import { changedRefusal, fileRefusal } from '@consort/records/file-refusal'
import { type ColumnData, parquetRead, type SchemaElement } from 'hyparquet'
import { type CsvSource, parseCsvHeader } from '../csv/csv-header.ts'
import { labelMissing } from '../csv/csv-rows.ts'
import type { WrittenTable } from '../csv/written-table.ts'
import { digestFile, isSameStamp, type ReadFile, stampFile, stampOf } from '../files/file-stamp.ts'
import { openFile } from '../files/open-file.ts'
import {
  cellRefusal,
  defaultLimits,
  memoryRefusal,
  type ReadLimits,
  textsRefusal,
} from '../files/read-limits.ts'
import type { ReadOptions } from '../read-options.ts'
import { createIsMark } from '../split/byte-marks.ts'
import { boundedCompressors } from './bounded-compressors.ts'
import { cellOf, parsers } from './cell-texts.ts'
import { again, openParquetFile, type ParquetFile, unreadable } from './open-parquet-file.ts'

/** A Parquet file, and what of it is used. */
export type ParquetSource = Omit<CsvSource, 'delimiter'>

/**
 * Reads all columns as a CSV file of the same records would have them, one column of one group of rows after the other.
 * Throws `data-unreadable`, `data-changed` and `label-missing`; no message says what a cell holds.
 */
export async function readParquet(
  source: ParquetSource,
  { limits = defaultLimits, signal, onProgress }: ReadOptions = {},
): Promise<{ readonly written: WrittenTable; readonly file: ReadFile }> {
  const { path } = source
  try {
    await using handle = await openFile(path)
    const stamp = stampOf(await handle.stat({ bigint: true }))
    const digest = await digestFile(path)
    const file = await openParquetFile(path, { handle, size: stamp.size, limits })
    const written = await readTable(source, file, { limits, signal, onProgress })
    const after = [stampOf(await handle.stat({ bigint: true })), await stampFile(path)]
    if (!after.every(one => isSameStamp(one, stamp))) throw changedRefusal(path)
    return { written, file: { path, stamp, digest } }
  } catch (error) {
    if (error instanceof Refusal || signal?.aborted) throw error
    const known = fileRefusal(path, error)
    if (known !== error) throw known
    throw unreadable(path, 'cannot be read as a Parquet file', again, error)
  }
}

async function readTable(
  source: ParquetSource,
  file: ParquetFile,
  { limits, signal, onProgress }: ReadOptions & { readonly limits: ReadLimits },
): Promise<WrittenTable> {
  const { columns, metadata, rows } = file
  const names = columns.map(({ name }) => name)
  const { label } = parseCsvHeader(source, names)
  if (rows === 0) throw unreadable(source.path, 'it holds no records', 'Each row of the table is a record.')
  const builders = columns.map(() => new ColumnBuilder(rows))
  let start = 0
  for (const { num_rows } of metadata.row_groups) {
    const end = start + Number(num_rows)
    for (const [place, element] of columns.entries()) {
      signal?.throwIfAborted()
      const add = cellAdder(source, {
        element,
        builder: builders[place]!,
        isLabel: place === label,
        rows,
        limits,
      })
      await readColumn(file, element.name, { start, end, bytesMax: limits.memoryBytesMax }, add)
      checkMemory(source.path, builders, limits)
    }
    start = end
    onProgress?.(end / rows)
  }
  return { count: rows, names, columns: builders.map(builder => builder.build()) }
}

/**
 * Gives each cell of a column from row `start` up to `end`, in their order. The library hands over parts of a column
 * from a promise that nobody awaits, so nothing may throw there.
 */
async function readColumn(
  { file, metadata }: ParquetFile,
  column: string,
  { start, end, bytesMax }: { start: number; end: number; bytesMax: number },
  add: (value: unknown, row: number) => void,
): Promise<void> {
  const parts: ColumnData[] = []
  await parquetRead({
    ...{
      file,
      metadata,
      compressors: boundedCompressors(bytesMax),
      parsers,
      geoparquet: false,
      columns: [column],
      rowStart: start,
      rowEnd: end,
    },
    onChunk: part => parts.push(part),
  })
  let row = start
  for (const { rowStart, columnData } of parts.sort((a, b) => a.rowStart - b.rowStart)) {
    if (rowStart !== row) break
    for (let index = 0; index < columnData.length; index++) add(columnData[index], row++)
  }
  if (row !== end) throw new RangeError('A column has another number of cells than the table has rows')
}

interface Adding {
  readonly element: SchemaElement
  readonly builder: ColumnBuilder
  readonly isLabel: boolean
  readonly rows: number
  readonly limits: ReadLimits
}

function cellAdder(
  { path, label, missing }: ParquetSource,
  { element, builder, isLabel, rows, limits }: Adding,
): (value: unknown, row: number) => void {
  const encoder = new TextEncoder()
  const read = cellOf(element)
  const isMark = createIsMark(missing)
  let bytes = new Uint8Array(1024)
  return (value, row) => {
    const cell = read(value)
    if (typeof cell === 'number' && !isLabel) return builder.addNumber(cell, rows)
    const text = String(cell)
    if (text.length > limits.cellBytesMax) throw cellRefusal(path, `row ${row + 1}`, limits)
    if (bytes.length < 3 * text.length) bytes = new Uint8Array(3 * text.length)
    const { written } = encoder.encodeInto(text, bytes)
    if (written > limits.cellBytesMax) throw cellRefusal(path, `row ${row + 1}`, limits)
    if (isLabel && (written === 0 || isMark(bytes, 0, written)))
      throw labelMissing(`${path}, row ${row + 1}`, label)
    builder.add(bytes, 0, written, rows)
  }
}

function checkMemory(path: string, builders: readonly ColumnBuilder[], limits: ReadLimits): void {
  const texts = builders.reduce((sum, builder) => sum + builder.textBytes(), 0)
  if (texts > limits.textBytesMax) throw textsRefusal(path, limits)
  const taken = builders.reduce((sum, builder) => sum + builder.bytes(), 0)
  if (taken > limits.memoryBytesMax) throw memoryRefusal(path, taken, limits)
}
