import { statSync } from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { DeadError, type Life, lives } from './life.ts'

const require = createRequire(import.meta.url)

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
  class WatchedDatabase extends DatabaseSync {
    readonly #life = lives.getStore()
    #isSyncing = true
    #isOpenTransaction = false
    readonly #open: OpenDatabase

    constructor(...of: ConstructorParameters<typeof DatabaseSync>) {
      super(...of)
      const path = String(of[0])
      this.#open = { path, durableBytes: logBytes(path), isPoisoned: false, close: () => super.close() }
      if (!this.#life) return
      const all = opened.get(this.#life) ?? new Set()
      opened.set(this.#life, all.add(this.#open))
    }

    override close(): void {
      if (this.#life) opened.get(this.#life)?.delete(this.#open)
      super.close()
    }

    override prepare(text: string): StatementSync {
      const life = this.#life
      if (!life) return super.prepare(text)
      if (life.isDead) throw new DeadError('DeadError')
      const statement = super.prepare(text)
      for (const name of ['run', 'all'] as const) {
        const real = statement[name].bind(statement) as (...of: unknown[]) => never
        statement[name] = (...of: unknown[]): never => this.#watch(life, text, () => real(...of)) as never
      }
      return statement
    }

    #watch<T>(life: Life, text: string, execute: () => T): T {
      const verb = /^\s*(\w+)/.exec(text)?.[1]?.toLowerCase() ?? ''
      if (life.isDead) throw new DeadError('DeadError')
      if (verb === 'select') return execute()
      life.onDisk('before', verb)
      if (life.isDead) throw new DeadError('DeadError')
      if (verb === 'insert' || verb === 'update') faults.onWrite()
      const done = execute()
      this.#note(verb, text)
      life.onDisk('after', verb)
      if (life.isDead) throw new DeadError('DeadError')
      return done
    }

    #note(verb: string, text: string): void {
      if (verb === 'pragma') {
        const level = /synchronous\s*=\s*(\w+)/i.exec(text)?.[1]
        if (level !== undefined) this.#isSyncing = level === 'full'
        return
      }
      if (verb === 'begin') this.#isOpenTransaction = true
      if (verb === 'commit' || verb === 'rollback') this.#isOpenTransaction = false
      if (this.#isOpenTransaction || verb === 'rollback' || !this.#isSyncing) return
      try {
        faults.onSync()
      } catch (error) {
        this.#open.isPoisoned = true
        throw error
      }
      advance(this.#open)
    }
  }
  require('node:sqlite').DatabaseSync = WatchedDatabase
  syncBuiltinESMExports()
}
