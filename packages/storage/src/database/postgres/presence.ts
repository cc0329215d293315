import { Refusal } from '@consort/protocol'
import { PostgresAdapter, sql } from 'kysely'
import type { ClientBase } from 'pg'
import type { OnTaken } from '../../directory/end-on-taken.ts'
import { hasCode } from '../../files/error-code.ts'
import { refuseNewer } from '../refuse-newer.ts'
import type { MigrationDatabase, SchemaOwner } from '../schema-owner.ts'
import { type KeptConnection, keepConnection } from './kept-connection.ts'

/** Shared by each connection of those who serve a database; who changes its tables must have it alone. */
const presenceLock = 0x636f_6e75

/** Held by the one process of a database that no other may serve. */
const aloneLock = 0x636f_6e76

/** Lets a connection in, or throws why not. */
export type Admit = (client: ClientBase) => Promise<void>

/**
 * Lets connections of a process in while the database is one that this process understands. Each of them holds the
 * lock of presence, so no other version changes the tables under it; and one that is made after another version came
 * is refused with `directory-newer` before it reads or writes anything.
 */
export function admitPresent(schemas: readonly SchemaOwner[], version: string): Admit {
  return async client => {
    await client.query('select pg_advisory_lock_shared($1)', [presenceLock])
    const { rows } = await client.query<{ version: string; owner: string; name: string }>(
      'select version, owner, name from consort_version, consort_migration',
    )
    const migrations = rows.map(({ owner, name }) => `${owner}/${name}`)
    refuseNewer({ migrations, version: rows[0]?.version }, schemas, version)
  }
}

/**
 * Refuses to change the tables while a process of another version serves them, in the transaction of the change: it
 * would go on with tables that it does not know. Throws `directory-locked`. An embedded database has one process.
 */
export async function refusePresent(
  transaction: MigrationDatabase,
  { own, theirs }: { readonly own: string; readonly theirs: string | undefined },
): Promise<void> {
  if (!isServer(transaction)) return
  while (!(await takePresence(transaction))) {
    if (!(await isServed(transaction))) continue
    throw new Refusal(
      'directory-locked',
      `This is Consort ${own}, which would change the database, and a process of Consort ${theirs ?? 'of an earlier version'} serves it`,
      {
        hint: 'Stop all processes of that version first; then start this one. Nothing was changed.',
      },
    )
  }
}

/** Returns false where somebody has the lock. */
async function takePresence(transaction: MigrationDatabase): Promise<boolean> {
  const { rows } = await sql<{
    free: boolean
  }>`select pg_try_advisory_xact_lock(${presenceLock}) as free`.execute(transaction)
  return rows[0]?.free === true
}

/**
 * Waits for ten milliseconds, and returns false where nobody serves the database then: a migration that has just
 * committed lets go of the writers' lock, which this transaction has, before it lets go of that of presence.
 */
async function isServed(transaction: MigrationDatabase): Promise<boolean> {
  await sql`select pg_sleep(0.01)`.execute(transaction)
  const { rows } = await sql`
    select 1 from pg_locks
    where locktype = 'advisory' and classid = 0 and objid = ${presenceLock} and objsubid = 1
      and mode = 'ShareLock' and granted
      and database = (select oid from pg_database where datname = current_database())`.execute(transaction)
  return rows.length > 0
}

function isServer(database: MigrationDatabase): boolean {
  return database.getExecutor().adapter instanceof PostgresAdapter
}

export interface PresenceSetup {
  readonly admit: Admit
  /** How long it is waited for another process to be gone, in milliseconds; undefined where others may be there. */
  readonly aloneMs: number | undefined
  /** Told of a refusal after the first connection. */
  readonly onRefused: OnTaken
}

/**
 * Keeps a process present at its database for as long as it serves it, also while it asks nothing. Throws
 * `directory-locked` where another process is there that wants to be alone.
 */
export function openPresence(
  url: string,
  { admit, aloneMs, onRefused }: PresenceSetup,
): Promise<KeptConnection> {
  return keepConnection(url, {
    onRefused,
    async prepare(client) {
      await admit(client)
      if (aloneMs === undefined) return
      await client.query(`set lock_timeout = ${aloneMs}`)
      await client.query('select pg_advisory_lock($1)', [aloneLock]).catch(error => {
        if (!hasCode(error, '55P03')) throw error
        throw new Refusal('directory-locked', 'Another process uses this database', {
          hint: 'Stop that one first. One whose machine died lets go within half a minute. Two directories with one key are one node: start one of them.',
          cause: error,
        })
      })
    },
  })
}
