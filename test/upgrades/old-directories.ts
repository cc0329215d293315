import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { dataSourceSchema } from '@consort/data'
import { type Network, openNetwork, silent } from '../network.ts'
import { wholeLog } from '../whole-log.ts'

/** The archives of directories that earlier commits made, each named `made-by-COMMIT`. */
export const archives: readonly string[] = globSync(join(import.meta.dirname, 'made-by-*.tar.gz')).sort()

export const nameOf = (archive: string): string => basename(archive, '.tar.gz')

/** Of an application and an expert at a. */
export interface AccessKeys {
  readonly application: string
  readonly expert: string
}

export interface OldNetwork extends AsyncDisposable {
  readonly network: Network
  readonly keys: AccessKeys
  /** The clock of all. */
  readonly now: () => Date
  /** Lets so many days pass, and has the hub sweep by its rules. */
  pass(days: number): Promise<void>
}

/** Unpacks an archive into a directory of its own, with the tables where they lie now. */
function unpack(archive: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'consort-upgrade-'))
  const { status, stderr } = spawnSync('tar', ['-xzf', archive, '-C', directory], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`tar: ${stderr}`)
  for (const name of ['a', 'b'])
    moveTable(join(directory, name, 'node.sqlite'), join(directory, `${name}.csv`))
  return directory
}

/** Data sets are kept with absolute paths, which were those of another machine. */
function moveTable(database: string, path: string): void {
  const opened = new DatabaseSync(database)
  const update = opened.prepare('update dataset set source = ? where id = ?')
  for (const { id, source } of opened.prepare('select id, source from dataset').all()) {
    const moved = { ...dataSourceSchema.parse(JSON.parse(String(source))), path }
    update.run(JSON.stringify(moved), String(id))
  }
  opened.close()
}

/**
 * Starts the hub and the nodes of an archive a minute after they were stopped, by their clock: what is waited
 * for is not overdue, however old the archive.
 */
export async function openOldNetwork(archive: string): Promise<OldNetwork> {
  const directory = unpack(archive)
  const keys: AccessKeys = JSON.parse(readFileSync(join(directory, 'keys.json'), 'utf8'))
  const behindMs = Date.now() - (stoppedAtMs(directory) + 60_000)
  let passedMs = 0
  let sweep = async (): Promise<void> => {}
  const now = (): Date => new Date(Date.now() - behindMs + passedMs)
  const parts = { now, log: silent }
  const hubParts = {
    ...parts,
    onSweeper(given: typeof sweep) {
      sweep = given
    },
  }
  const network = await openNetwork({ directory, hubParts, nodeParts: parts })
  for (const name of ['a', 'b']) {
    pointTo(network.hub.url, join(directory, name, 'enrolment.json'))
    await network.startNode(name)
  }
  await sweep()
  return {
    ...{ network, keys, now },
    async pass(days) {
      passedMs += days * 24 * 3_600_000
      await sweep()
    },
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  }
}

function stoppedAtMs(directory: string): number {
  const last = wholeLog(join(directory, 'hub', 'hub.sqlite')).at(-1)
  return Date.parse(JSON.parse(last!).at)
}

/** What an operator does when the hub has another address. */
function pointTo(hubUrl: string, enrolmentFile: string): void {
  const enrolment: object = JSON.parse(readFileSync(enrolmentFile, 'utf8'))
  writeFileSync(enrolmentFile, JSON.stringify({ ...enrolment, hubUrl }))
}
