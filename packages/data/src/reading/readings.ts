import { getHeapStatistics } from 'node:v8'
import { type Digest, Refusal, type TableSchema } from '@consort/protocol'
import type { Dataset, TableDataset } from '@consort/records'
import type { DigestKeys } from '../csv/read-csv.ts'
import { stampFile } from '../files/file-stamp.ts'
import type { ReadLimits } from '../files/read-limits.ts'
import type { OpenRows, OpenSource } from '../formats/format.ts'
import { type DataSource, openSource } from '../formats/formats.ts'
import type { TableReading } from '../formats/table-reading.ts'
import type { ConformanceReport } from '../mapping/conformance.ts'
import { digestOfRecords, recordDigests } from '../split/record-digests.ts'
import { unitDigests } from '../split/unit-digests.ts'
import { countShared } from './counted-memory.ts'
import { createKeptReadings } from './kept-readings.ts'
import { readInThread } from './read-in-thread.ts'
import type { ReadReply, ReadRequest } from './thread-messages.ts'

/** A data set and what was made of its records while they were read. */
export interface Reading {
  readonly data: Dataset
  /** A keyed digest of each record, `digestBytes` long, one after the other. */
  readonly records: Uint8Array
  /** Of all of them, in their order. */
  readonly digest: Digest
  /** Of all records as privacy units: another one means that the units of the same records are others. */
  readonly unitsDigest?: Digest
  /** Of files whose records are rows. */
  readonly table?: RowsReading
}

/** What was made of a file of rows. */
export interface RowsReading extends TableReading {
  /** Of the label's column; null where the agreed schema alone names it. */
  readonly labelName: string | null
  /** As `OpenRows.allColumns` says. */
  readonly allColumns: (marks?: readonly string[]) => TableDataset
}

/** The readings of one process: whoever asks for the same source gets the same one, until its files change. */
export interface Readings extends AsyncDisposable {
  /** Throws as `readDataset` does, and `data-changed` for a file that changes meanwhile. */
  read(source: DataSource, schema: TableSchema | undefined): Promise<Reading>
  /** Tells whether its files say in columns whose the records are: they are asked each time, as they may change. */
  namesPersons(source: DataSource): Promise<boolean>
  /** How a file conforms to the schema that its records are translated into; nothing is kept of it. */
  conformance(source: DataSource, schema: TableSchema): Promise<ConformanceReport>
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
  const isLarge = async ({ path, isAlwaysInThread }: OpenRows): Promise<boolean> =>
    isAlwaysInThread === true || (await stampFile(path)).size >= (setup.threadBytesMin ?? threadBytesMin)
  const inThread = (request: ReadRequest): Promise<ReadReply> =>
    inTurn(() => readInThread(request, { signal: ending.signal, heapMib: setup.heapMib }))

  const readRows = async (
    source: DataSource,
    rows: OpenRows,
    schema: TableSchema | undefined,
  ): Promise<TableReading> => {
    if (!(await isLarge(rows))) return await rows.read(keys, { limits, ...(schema && { schema }) })
    const reply = await inThread({ source, path: rows.path, keys, limits, schema, textsKeptMax })
    if (reply.kind === 'read') return reply.reading
    throw new TypeError(`A reading thread that reads answered with ${reply.kind}`)
  }
  const readCounted = async (...asked: Parameters<typeof readRows>): Promise<TableReading> => {
    const reading = await readRows(...asked)
    countShared(reading)
    return reading
  }
  return {
    async read(source, schema) {
      const open = await openSource(source)
      const { rows } = open
      if (!rows) return await readWhole(open, { keys, limits })
      const name = JSON.stringify([source, schema])
      const table = await kept.find(name, rows.path, () => readCounted(source, rows, schema))
      return {
        data: table.data,
        records: table.records,
        digest: table.digest,
        ...(table.unitsDigest && { unitsDigest: table.unitsDigest }),
        table: { ...table, labelName: rows.labelName, allColumns: marks => rows.allColumns(table, marks) },
      }
    },
    async namesPersons(source) {
      const { rows, hasColumns = false } = await openSource(source)
      return rows !== undefined || hasColumns
    },
    async conformance(source, schema) {
      const { rows } = await openSource(source)
      if (!rows?.conformance) throw new Refusal('internal', 'These records are not translated into a schema')
      if (!(await isLarge(rows))) return await rows.conformance(schema, { limits })
      const reply = await inThread({ source, path: rows.path, keys, limits, schema, conformance: true })
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

async function readWhole(
  source: OpenSource,
  { keys, limits }: Pick<ReadingsSetup, 'keys' | 'limits'>,
): Promise<Reading> {
  const data = await source.read({ limits })
  const records = Buffer.concat(recordDigests(data, keys.records))
  const reading = { data, records, digest: digestOfRecords(records, keys.records) }
  if (!source.hasColumns) return reading
  const units = unitDigests(data, { key: keys.units, label: '' })
  return { ...reading, unitsDigest: digestOfRecords(units, keys.units) }
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
