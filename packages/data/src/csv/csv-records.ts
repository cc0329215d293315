import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { extname } from 'node:path'
import { Refusal } from '@consort/protocol'
import { changedRefusal, fileRefusal } from '@consort/records/file-refusal'
import { isSameStamp, type ReadFile, stampFile, stampOf } from '../files/file-stamp.ts'
import { openFile } from '../files/open-file.ts'
import {
  cellRefusal,
  columnsRefusal,
  defaultLimits,
  memoryRefusal,
  type ReadLimits,
  recordRefusal,
  textsRefusal,
} from '../files/read-limits.ts'
import { createUtf8Check } from '../files/utf8-check.ts'
import type { ReadOptions } from '../read-options.ts'
import { type CsvRecord, RecordScanner, ScanError } from './record-scanner.ts'

export interface CsvFile {
  readonly path: string
  /** By default a tab for .tsv and .tab, else a comma. */
  readonly delimiter?: string | undefined
}

/** Takes the records of a file one by one. */
export interface RecordSink {
  add(record: CsvRecord): void
  /** What must begin after the last record that was added, for messages. */
  next(): string
  /** What it holds of memory. */
  bytes(): number
  /** What different texts take of that. */
  textBytes(): number
  /** Tells which share of the file has been added, so that memory for the rest can be set aside. */
  expect(share: number, limits: ReadLimits): void
}

const bytesAtFirst = 2 ** 16
const bytesAtOnce = 2 ** 20
/** From here on what a table will take is known well enough. */
const projectFrom = 2 ** 22

/**
 * Reads comma-, tab- or otherwise separated text (RFC 4180, UTF-8 with or without a byte order mark) piece by piece.
 * Throws `data-unreadable` for a file that exceeds a limit or is no such text, `data-changed` for one that changes
 * meanwhile, and what `sink` throws. No message says what a cell holds.
 */
export async function readCsvRecords(
  file: CsvFile,
  sink: RecordSink,
  options: ReadOptions = {},
): Promise<ReadFile> {
  const delimiter = delimiterOf(file)
  const { path } = file
  try {
    await using handle = await openFile(path)
    const before = stampOf(await handle.stat({ bigint: true }))
    const read = await readAll(handle, { path, delimiter, size: before.size }, sink, options)
    const after = [stampOf(await handle.stat({ bigint: true })), await stampFile(path)]
    if (read.bytes !== before.size || !after.every(stamp => isSameStamp(stamp, before)))
      throw changedRefusal(path)
    return { path, stamp: before, digest: `sha256:${read.digest}` }
  } catch (error) {
    const { limits = defaultLimits } = options
    throw error instanceof ScanError
      ? scanRefusal(error, path, sink.next(), limits)
      : fileRefusal(path, error)
  }
}

function delimiterOf({ path, delimiter }: CsvFile): Uint8Array {
  const text = delimiter ?? (/^\.(tsv|tab)$/i.test(extname(path)) ? '\t' : ',')
  if (!/["\r\n]/.test(text)) return new TextEncoder().encode(text)
  throw new Refusal('data-unreadable', 'A quote or a line break cannot separate cells', { path: 'delimiter' })
}

interface Opened {
  readonly path: string
  readonly delimiter: Uint8Array
  readonly size: number
}

async function readAll(
  handle: FileHandle,
  { path, delimiter, size }: Opened,
  sink: RecordSink,
  { signal, onProgress, limits = defaultLimits }: ReadOptions,
): Promise<{ bytes: number; digest: string }> {
  const scanner = new RecordScanner(delimiter, limits)
  const utf8 = createUtf8Check()
  const hash = createHash('sha256')
  const meter = createMeter(path, sink, limits)
  let buffer = new Uint8Array(bytesAtFirst)
  let held = 0
  let bytes = 0
  for (let isEnd = false; !isEnd; ) {
    signal?.throwIfAborted()
    if (held > buffer.length / 2 || (bytes > 0 && buffer.length < bytesAtOnce)) buffer = twice(buffer, held)
    const { bytesRead } = await handle.read(buffer, held, buffer.length - held)
    isEnd = bytesRead === 0
    hash.update(buffer.subarray(held, held + bytesRead))
    if (!utf8.holds(buffer, held, held + bytesRead) || (isEnd && !utf8.isComplete())) throw noText(path)
    const from = bytes === 0 && hasByteOrderMark(buffer, bytesRead) ? 3 : 0
    held += bytesRead
    bytes += bytesRead
    if (bytes > size) throw changedRefusal(path)
    const next = scanner.scan(buffer, { from, to: held, isEnd }, sink.add)
    if (held - next > limits.recordBytesMax) throw recordRefusal(path, sink.next(), limits)
    if (next < held && held - scanner.openCell > limits.cellBytesMax)
      throw cellRefusal(path, sink.next(), limits)
    buffer.copyWithin(0, next, held)
    held -= next
    meter.check((bytes - held) / size, bytes)
    if (!isEnd) onProgress?.(Math.min(1, bytes / size))
  }
  return { bytes, digest: hash.digest('hex') }
}

function twice(buffer: Uint8Array, held: number): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(2 * buffer.length)
  made.set(buffer.subarray(0, held))
  return made
}

/** The fault of the record that comes next, in words. */
function scanRefusal({ fault }: ScanError, path: string, where: string, limits: ReadLimits): Refusal {
  if (fault === 'columns') return columnsRefusal(path, where, limits)
  if (fault === 'cell') return cellRefusal(path, where, limits)
  return new Refusal('data-unreadable', `${path}, ${where}: the double quotes do not match`, {
    hint: 'A cell that begins with a double quote ends with one and holds quotes only in pairs; others hold none.',
  })
}

/** Refuses a table as soon as it takes too much memory, or will when all of it is read. */
function createMeter(path: string, sink: RecordSink, limits: ReadLimits) {
  let atFirst: number | undefined
  return {
    check(share: number, bytes: number): void {
      const taken = sink.bytes()
      atFirst ??= taken
      if (share > 0) sink.expect(share, limits)
      const projected = bytes >= projectFrom ? atFirst + (taken - atFirst) / share : taken
      if (sink.textBytes() > limits.textBytesMax) throw textsRefusal(path, limits)
      if (projected > limits.memoryBytesMax) throw memoryRefusal(path, projected, limits)
    },
  }
}

function hasByteOrderMark(bytes: Uint8Array, count: number): boolean {
  return count >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
}

/** A wrong encoding would become wrong categories. */
function noText(path: string): Refusal {
  return new Refusal('data-unreadable', `${path} is not UTF-8 text`, {
    hint: 'Save it again as "CSV UTF-8"; export spreadsheets and unpack archives first.',
  })
}
