import { statSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { DeadError, type Life, lives } from './life.ts'

/** A database file that a life has open. */
export interface OpenDatabase {
  readonly path: string
  /** How much of its write-ahead log would survive a loss of power. */
  durableBytes: number
  /** After a failed sync the next ones say that all is well, and write nothing (fsyncgate). */
  isPoisoned: boolean
  readonly close: () => void
}

/** What may go wrong at a statement; each throws, or does nothing. */
export interface DatabaseFaults {
  /** Before anything is written, as on a full disk. */
  readonly onWrite: () => void
  /** After a commit that says it is on disk was written, and before that is so. Throws when the sync fails. */
  readonly onSync: () => void
}

const opened = new WeakMap<Life, Set<OpenDatabase>>()

/** What a life has open. */
export function databasesOf(life: Life): ReadonlySet<OpenDatabase> {
  return opened.get(life) ?? new Set()
}

/** The write-ahead log at this path was synced by itself. */
export function noteSyncOfLog(logPath: string): void {
  const life = lives.getStore()
  if (!life) return
  for (const database of databasesOf(life)) if (`${database.path}-wal` === logPath) advance(database)
}

function advance(database: OpenDatabase): void {
  if (!database.isPoisoned) database.durableBytes = logBytes(database.path)
}

function logBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
}

/**
 * Watches each statement that a life makes, for all code of this process: it may be the last one of that life, it may
 * find the disk full, and its sync may fail. What is synced is known from SQLite's own rules for a write-ahead log
 * (sqlite.org/wal.html): every commit with `synchronous = full`, none with less.
 */
export function replaceSqlite(faults: DatabaseFaults): void {
  const { prototype } = DatabaseSync
  const real = { exec: prototype.exec, prepare: prototype.prepare, close: prototype.close }
  prototype.exec = function (text) {
    const watched = watchedOf(this, real.close)
    real.exec.call(this, text)
    if (watched && /^\s*pragma/i.test(text)) noteEffect(watched, 'pragma', text)
  }
  prototype.close = function () {
    const watched = watchedOf(this, real.close)
    if (watched) opened.get(watched.life)?.delete(watched.open)
    real.close.call(this)
  }
  prototype.prepare = function (text): StatementSync {
    const watched = watchedOf(this, real.close)
    if (watched?.life.isDead) throw new DeadError('DeadError')
    const statement = real.prepare.call(this, text)
    if (!watched) return statement
    for (const name of ['run', 'all'] as const) {
      const execute = statement[name].bind(statement) as (...of: unknown[]) => never
      statement[name] = (...of: unknown[]): never => step(watched, text, faults, () => execute(...of))
    }
    return statement
  }
}

/** A database of a life: whose it is, and where its transactions stand. */
interface Watched {
  readonly life: Life
  readonly open: OpenDatabase
  isSyncing: boolean
  isInTransaction: boolean
}

let watchedDatabases = new WeakMap<DatabaseSync, Watched>()

/**
 * Forgets what belonged to a world that is over. Node keeps a database for as long as a statement of it is there, so
 * what leads from the database to its statements, through a life and its timers, would keep both for ever.
 */
export function forgetDatabases(): void {
  watchedDatabases = new WeakMap()
}

/** Known from its first statement on; undefined for a database that is opened outside of all machines. */
function watchedOf(database: DatabaseSync, close: () => void): Watched | undefined {
  const known = watchedDatabases.get(database)
  const life = lives.getStore()
  const path = known ? undefined : database.location()
  if (known || !life || !path) return known
  const open = {
    path,
    durableBytes: logBytes(path),
    isPoisoned: false,
    close: () => database.isOpen && close.call(database),
  }
  const watched: Watched = { life, open, isSyncing: true, isInTransaction: false }
  watchedDatabases.set(database, watched)
  opened.set(life, (opened.get(life) ?? new Set()).add(open))
  return watched
}

/** One statement, which may be the last of its life, before or after it has taken effect. */
function step<T>(watched: Watched, text: string, { onWrite, onSync }: DatabaseFaults, execute: () => T): T {
  const { life, open } = watched
  const verb = /^\s*(\w+)/.exec(text)?.[1]?.toLowerCase() ?? ''
  if (life.isDead) throw new DeadError('DeadError')
  if (verb === 'select' || (verb === 'pragma' && !text.includes('='))) return execute()
  life.onDisk('before', verb)
  if (life.isDead) throw new DeadError('DeadError')
  if (verb === 'insert' || verb === 'update') onWrite()
  const done = execute()
  if (noteEffect(watched, verb, text)) {
    try {
      onSync()
    } catch (error) {
      open.isPoisoned = true
      throw error
    }
    advance(open)
  }
  life.onDisk('after', verb)
  if (life.isDead) throw new DeadError('DeadError')
  return done
}

/** Follows what a statement does to transactions; returns true where SQLite says that all is on disk. */
function noteEffect(watched: Watched, verb: string, text: string): boolean {
  if (verb === 'pragma') {
    const level = /synchronous\s*=\s*(\w+)/i.exec(text)?.[1]
    if (level !== undefined) watched.isSyncing = level === 'full'
    return false
  }
  if (verb === 'begin') watched.isInTransaction = true
  if (verb === 'commit' || verb === 'rollback') watched.isInTransaction = false
  return !watched.isInTransaction && verb !== 'rollback' && watched.isSyncing
}
