import { isUtf8 } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import { Refusal } from '@consort/protocol'
import { columnOf, stringBytes } from '@consort/records'
import { changedRefusal, fileRefusal } from '@consort/records/file-refusal'
import { z } from 'zod'
import type { WrittenTable } from '../csv/written-table.ts'
import { isSameStamp, stampFile, stampOf } from '../files/file-stamp.ts'
import { openFile } from '../files/open-file.ts'
import {
  cellRefusal,
  columnsRefusal,
  defaultLimits,
  type ReadLimits,
  recordRefusal,
  textsRefusal,
} from '../files/read-limits.ts'
import type { ReadOptions } from '../read-options.ts'
import { cellOfJson } from './cell-of-json.ts'

/**
 * Reads a file of JSON objects, one a line: each field is a column, and what an object does not name is not recorded.
 * Empty lines are passed over. Throws `data-unreadable` and `data-changed` with file and line, never with what a line
 * says.
 */
export async function readJsonLines(path: string, options: ReadOptions = {}): Promise<WrittenTable> {
  try {
    await using handle = await openFile(path)
    const before = stampOf(await handle.stat({ bigint: true }))
    const table = await readAll(path, { handle, size: before.size }, options)
    if (!isSameStamp(before, await stampFile(path))) throw changedRefusal(path)
    return table
  } catch (error) {
    throw fileRefusal(path, error)
  }
}

const newline = 0x0a

async function readAll(
  path: string,
  { handle, size }: { handle: FileHandle; size: number },
  { signal, onProgress, limits = defaultLimits }: ReadOptions,
): Promise<WrittenTable> {
  const rows = createRows(path, limits)
  let open: Uint8Array[] = []
  let [openBytes, bytes] = [0, 0]
  for await (const chunk of handle.createReadStream({ highWaterMark: 2 ** 20 })) {
    signal?.throwIfAborted()
    let from = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      rows.add(Buffer.concat([...open, chunk.subarray(from, end)]))
      open = []
      openBytes = 0
      from = end + 1
    }
    open.push(chunk.subarray(from))
    openBytes += chunk.length - from
    if (openBytes > limits.recordBytesMax) throw recordRefusal(path, rows.next(), limits)
    bytes += chunk.length
    onProgress?.(Math.min(1, bytes / size))
  }
  rows.add(Buffer.concat(open))
  return rows.build()
}

const anyObject = z.record(z.string(), z.unknown())

function createRows(path: string, limits: ReadLimits) {
  const columns = new Map<string, (string | null)[]>()
  let [lines, count, textBytes] = [0, 0, 0]
  const where = (): string => `line ${lines}`
  const refuse = (what: string, hint: string, cause?: unknown): Refusal =>
    new Refusal('data-unreadable', `${path}, ${where()}: ${what}`, { hint, cause })

  const keep = (name: string, value: unknown): void => {
    const cell = cellOfJson(value)
    if (cell === null) return
    if (Buffer.byteLength(cell) > limits.cellBytesMax) throw cellRefusal(path, where(), limits)
    textBytes += 2 * cell.length + stringBytes
    if (textBytes > limits.textBytesMax) throw textsRefusal(path, limits)
    const cells = columns.get(name) ?? []
    if (cells.length === 0 && columns.size >= limits.columnsMax) throw columnsRefusal(path, where(), limits)
    while (cells.length < count) cells.push(null)
    cells.push(cell)
    columns.set(name, cells)
  }
  return {
    next: () => `after line ${lines}`,
    add(line: Uint8Array): void {
      lines += 1
      if (line.length > limits.recordBytesMax) throw recordRefusal(path, where(), limits)
      if (!isUtf8(line)) throw refuse('it is not UTF-8 text', 'Save the file again as UTF-8.')
      const text = decoder.decode(line).trim()
      if (text === '') return
      for (const [name, value] of Object.entries(objectOf(text, refuse))) keep(name, value)
      count += 1
    },
    build(): WrittenTable {
      if (count === 0)
        throw new Refusal('data-unreadable', `${path} holds no records`, {
          hint: 'Each line is a JSON object.',
        })
      const filled = [...columns.values()].map(cells => [...cells, ...Array(count - cells.length).fill(null)])
      return { count, names: [...columns.keys()], columns: filled.map(columnOf) }
    },
  }
}

const decoder = new TextDecoder()

/** The parser's own message may repeat what the line says, so it is no cause of the refusal. */
function objectOf(text: string, refuse: (what: string, hint: string) => Refusal): Record<string, unknown> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw refuse('it is not JSON', 'Each line of the file is one JSON object.')
  }
  const read = anyObject.safeParse(json)
  if (read.success) return read.data
  throw refuse('it is not a JSON object', 'Each line of the file is one JSON object, with a field a column.')
}
