import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Contestant } from '../contestant.ts'
import { quantile } from '../pairs.ts'
import type { Race, RaceOptions, Result } from '../race.ts'
import { openRegisteringSite, type Registering } from '../read/registering.ts'
import { namesOf, writeTableFile } from '../read/table-file.ts'
import { openDiskFolder } from '../round/disk-folder.ts'

/** What a large table costs a node, against a database that is known for reading them. */
export const read: Race = {
  name: 'read',
  summary: 'a CSV file of 1,000,000 × 50 numbers registered at a node, against DuckDB; reads per training',
  run,
  tryOut,
}

/** We also make two keyed digests of each record, and answer for its text: so much processor time may that take. */
const cpuRatioMax = 3
const bytesMax = 600e6
/** The program reads its own parts meanwhile. */
const readsMax = 1.1

async function run({ quick, say }: RaceOptions): Promise<Result[]> {
  using folder = openDiskFolder()
  const size = { rows: quick ? 50_000 : 1_000_000, columns: 50 }
  const path = join(folder.path, 'numbers.csv')
  writeTableFile(path, size)
  await using site = await openRegisteringSite(folder.path, { path, columns: size.columns })
  const pairs: { ours: Registering; theirs: Registering | null }[] = []
  for (let pair = 0; pair < (quick ? 1 : 5); pair++) {
    const before = pair % 2 === 1 ? await byDuckDb(path, size) : undefined
    const ours = await site.register()
    const theirs = before === undefined ? await byDuckDb(path, size) : before
    say(`ours ${inWords(ours)}; DuckDB ${theirs ? inWords(theirs) : 'is not installed'}`)
    pairs.push({ ours, theirs })
  }
  const { reads, bytes } = await site.train()
  say(`the file's bytes were read ${reads.toFixed(3)} times; training took ${(bytes / 1e6).toFixed(0)} MB`)
  return [cpuRow(pairs), memoryRow(pairs), readsRow(reads), trainingRow(bytes)]
}

async function tryOut(): Promise<void> {
  using folder = openDiskFolder()
  const size = { rows: 1000, columns: 50 }
  const path = join(folder.path, 'numbers.csv')
  writeTableFile(path, size)
  await using site = await openRegisteringSite(folder.path, { path, columns: size.columns })
  const { cpuSeconds } = await site.register()
  if (!(cpuSeconds > 0)) throw new Error('The node registered a table without any processor time')
}

type Pairs = readonly { readonly ours: Registering; readonly theirs: Registering | null }[]

/** Less is better: the ratio is theirs by ours. */
function cpuRow(pairs: Pairs): Result {
  const ours = quantile(
    pairs.map(pair => pair.ours.cpuSeconds),
    0.5,
  )
  const row = {
    race: read.name,
    case: 'csv ratio to duckdb',
    peer: 'DuckDB',
    ours,
    unit: 's',
    goal: 1 / cpuRatioMax,
  }
  const both = pairs.flatMap(({ ours, theirs }) => (theirs ? [{ ours, theirs }] : []))
  if (both.length === 0) return { ...row, theirs: null, ratio: null, met: null, remark: howToInstall }
  const ratios = both.map(pair => pair.theirs.cpuSeconds / pair.ours.cpuSeconds)
  const ratio = quantile(ratios, 0.5)
  return {
    ...row,
    theirs: quantile(
      both.map(pair => pair.theirs.cpuSeconds),
      0.5,
    ),
    ratio,
    met: ratio >= row.goal,
    pairs: both.length,
    quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    remark: 'processor time of the whole process while it registers, digests of records and units included',
  }
}

function memoryRow(pairs: Pairs): Result {
  const ours = Math.max(...pairs.map(pair => pair.ours.bytes))
  const theirs = pairs.flatMap(pair => (pair.theirs ? [pair.theirs.bytes / 1e6] : []))
  const told = theirs.length > 0 ? `; DuckDB ${Math.max(...theirs).toFixed(0)} MB` : ''
  return {
    race: read.name,
    case: 'csv peak rss ratio',
    peer: 'target',
    ours: ours / 1e6,
    theirs: bytesMax / 1e6,
    unit: 'MB',
    ratio: bytesMax / ours,
    goal: 1,
    met: ours <= bytesMax,
    remark: `resident memory at the peak beyond the idle process's, the most of ${pairs.length}${told}`,
  }
}

function readsRow(reads: number): Result {
  return {
    race: read.name,
    case: 'reads per training',
    peer: 'target',
    ours: reads,
    theirs: 1,
    unit: '×',
    ratio: 1 / reads,
    goal: 1 / readsMax,
    met: reads <= readsMax,
    remark: 'bytes that the process read from registering to the end of a round, by those of the file',
  }
}

/** Without a goal: what a round takes beside the columns, which stay. */
function trainingRow(bytes: number): Result {
  return {
    race: read.name,
    case: 'training peak rss',
    peer: '',
    ours: bytes / 1e6,
    theirs: null,
    unit: 'MB',
    ratio: null,
    goal: 0,
    met: null,
    remark: 'resident memory at the peak of one round beyond the idle process, the columns included',
  }
}

const peer = fileURLToPath(new URL('../peers/duckdb-csv.ts', import.meta.url))
const installed = new URL('../node_modules/@duckdb/node-api/package.json', import.meta.url)
const howToInstall = 'DuckDB: npm ci --prefix bench'
const withinMs = 300_000

/** In a process of its own each time. Null where it is not installed. */
async function byDuckDb(path: string, { rows, columns }: { rows: number; columns: number }) {
  if (!existsSync(installed)) return null
  await using duckDb = await Contestant.start({ file: process.execPath, args: ['--conditions=source', peer] })
  const request = { path, numbers: namesOf(columns), label: 'state' }
  const answer = await duckDb.ask<Registering & { rows: number }>(request, withinMs)
  if (answer.rows !== rows) throw new Error(`DuckDB read ${answer.rows} of ${rows} rows`)
  return answer
}

function inWords({ cpuSeconds, bytes }: Registering): string {
  return `${cpuSeconds.toFixed(1)} CPU s, ${(bytes / 1e6).toFixed(0)} MB`
}
