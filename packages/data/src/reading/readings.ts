import { getHeapStatistics } from 'node:v8'
import type { DataSource, Digest, TableSchema } from '@consort/protocol'
import type { DigestKeys } from '../csv/read-csv.ts'
import type { Dataset } from '../dataset.ts'
import { stampFile } from '../files/file-stamp.ts'
import type { ReadLimits } from '../files/read-limits.ts'
import type { ConformanceReport } from '../mapping/conformance.ts'
import { type MappedSource, readConformance } from '../mapping/read-mapped.ts'
import { readDataset } from '../read-dataset.ts'
import { digestOfRecords, recordDigests } from '../split/record-digests.ts'
import { countShared } from './counted-memory.ts'
import { createKeptReadings } from './kept-readings.ts'
import { readInThread } from './read-in-thread.ts'
import { isTableSource, readTable, type TableReading, type TableSource } from './table-reading.ts'
import type { ReadReply, ReadRequest } from './thread-messages.ts'

/** A data set and what was made of its records while they were read. */
export interface Reading {
  readonly data: Dataset
  /** A keyed digest of each record, `digestBytes` long, one after the other. */
  readonly records: Uint8Array
  /** Of all of them, in their order. */
  readonly digest: Digest
  /** Of files whose records are rows. */
  readonly table?: TableReading
}

/** The readings of one process: whoever asks for the same source gets the same one, until its files change. */
export interface Readings extends AsyncDisposable {
  /** Throws as `readDataset` does, and `data-changed` for a file that changes meanwhile. */
  read(source: DataSource, schema: TableSchema | undefined): Promise<Reading>
  /** How a file conforms to a schema through its mapping; nothing is kept of it. */
  conformance(source: MappedSource, schema: TableSchema): Promise<ConformanceReport>
}

export interface ReadingsSetup {
  readonly keys: DigestKeys
  /** Of one table; all that are kept take no more memory than one may. */
  readonly limits: ReadLimits
  /** What the different texts of all that are kept may take; by default a quarter of the heap of this process. */
  readonly textsKeptMax?: number
  readonly nowMs: () => number
  /** Files from this size on are read in a thread; a smaller one is read sooner than a thread starts. */
  readonly threadBytesMin?: number
  /** Of the heap of a thread. */
  readonly heapMib?: number
}

const threadBytesMin = 2 ** 22

/** Pictures are read anew each time: they are many files, and their bytes are what models take. */
export function openReadings(setup: ReadingsSetup): Readings {
  const { keys, limits, nowMs } = setup
  const textsKeptMax = setup.textsKeptMax ?? getHeapStatistics().heap_size_limit / 4
  const ending = new AbortController()
  const kept = createKeptReadings({
    bytesMax: limits.memoryBytesMax,
    textBytesMax: textsKeptMax,
    nowMs,
  })
  const inTurn = createTurns()
  const isLarge = async ({ path }: TableSource): Promise<boolean> =>
    (await stampFile(path)).size >= (setup.threadBytesMin ?? threadBytesMin)
  const inThread = (request: ReadRequest): Promise<ReadReply> =>
    inTurn(() => readInThread(request, { signal: ending.signal, heapMib: setup.heapMib }))

  const readRows = async (source: TableSource, schema: TableSchema | undefined): Promise<TableReading> => {
    if (!(await isLarge(source))) return await readTable(source, keys, { limits, ...(schema && { schema }) })
    const reply = await inThread({ source, keys, limits, schema, textsKeptMax })
    if (reply.kind === 'read') return reply.reading
    throw new TypeError(`A reading thread that reads answered with ${reply.kind}`)
  }
  const readCounted = async (source: TableSource, schema: TableSchema | undefined): Promise<TableReading> => {
    const reading = await readRows(source, schema)
    countShared(reading)
    return reading
  }
  return {
    async read(source, schema) {
      if (!isTableSource(source)) return await readPictures(source, keys)
      const name = JSON.stringify([source, schema])
      const table = await kept.find(name, source.path, () => readCounted(source, schema))
      return { data: table.data, records: table.records, digest: table.digest, table }
    },
    async conformance(source, schema) {
      if (!(await isLarge(source))) return await readConformance(source, schema, { limits })
      const reply = await inThread({ source, keys, limits, schema, conformance: true })
      if (reply.kind === 'conformance') return reply.report
      throw new TypeError(`A reading thread that looks answered with ${reply.kind}`)
    },
    async [Symbol.asyncDispose]() {
      ending.abort(new DOMException('The readings were closed', 'AbortError'))
      kept.clear()
      await inTurn(async () => {})
    },
  }
}

async function readPictures(source: DataSource, keys: DigestKeys): Promise<Reading> {
  const data = await readDataset(source)
  const records = Buffer.concat(recordDigests(data, keys.records))
  return { data, records, digest: digestOfRecords(records, keys.records) }
}

/** One after the other: two large tables at once would take twice the memory that one may. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const next = last.then(work)
    last = next.catch(() => {})
    return next
  }
}
