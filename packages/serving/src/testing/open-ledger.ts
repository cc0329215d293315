import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KeyLimits } from '@consort/protocol'
import { migrate, openSqlite } from '@consort/storage'
import { type Kysely, sql } from 'kysely'
import { type AccessHolder, addAccessKey } from '../access/key-store.ts'
import { servingSchema } from '../migrations.ts'
import type { ServingTables } from '../tables.ts'

export const noLimits: KeyLimits = {
  agents: null,
  expires: null,
  requestsPerMinute: null,
  queriesPerMonth: null,
  minorUnitsPerMonth: null,
  decimals: 2,
}

export const entropy = { bytes: (count: number) => randomBytes(count) }
export const noon = new Date('2026-11-15T12:00:00Z')

/** The tables of this package in a file of their own, which can be closed and opened again. */
export interface Ledger extends AsyncDisposable {
  readonly path: string
  database: Kysely<ServingTables>
  /** As after a crash: whatever was not committed is gone. */
  reopen(): Promise<void>
  /** A key of an application. */
  key(name: string, limits?: Partial<KeyLimits>): Promise<AccessHolder & { readonly key: string }>
}

export async function openLedger(): Promise<Ledger> {
  const directory = mkdtempSync(join(tmpdir(), 'consort-serving-'))
  const path = join(directory, 'db')
  const database = await openUnsynced(path)
  await migrate(database, [servingSchema])
  const ledger: Ledger = {
    path,
    database,
    async reopen() {
      await ledger.database.destroy()
      ledger.database = await openUnsynced(path)
    },
    key: (name, limits = {}) =>
      ledger.database
        .transaction()
        .execute(transaction =>
          addAccessKey(
            transaction,
            { name, holder: 'application', limits: { ...noLimits, ...limits } },
            { entropy, now: noon },
          ),
        ),
    async [Symbol.asyncDispose]() {
      await ledger.database.destroy()
      rmSync(directory, { recursive: true })
    },
  }
  return ledger
}

/** Tests kill processes and no machines, so they need not wait for the disk. */
async function openUnsynced(path: string): Promise<Kysely<ServingTables>> {
  const database = openSqlite<ServingTables>(path)
  await sql`pragma synchronous = off`.execute(database)
  return database
}
