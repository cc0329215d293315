import { Refusal } from '@consort/protocol'
import pg from 'pg'
import { readBookkeeping } from '../bookkeeping.ts'
import { ownerOf } from '../claim-database.ts'
import { migrate } from '../migrate.ts'
import { migratingPatience } from '../postgres/connection.ts'
import { isDatabaseAway } from '../postgres/is-database-away.ts'
import { openPostgres } from '../postgres/open-postgres.ts'
import { refuseHung } from '../postgres/refuse-hung.ts'
import { orServerRefusal } from '../postgres/server-refusal.ts'
import type { SchemaOwner } from '../schema-owner.ts'
import { openSqlite } from '../sqlite.ts'
import { type CopiedTables, copyTables } from './copy-tables.ts'
import { markMoved, movedTo, unmarkMoved } from './moved-mark.ts'

export interface DatabaseMove {
  /** The SQLite file of a hub or node that is stopped. */
  readonly file: string
  /** An empty database of a PostgreSQL server. */
  readonly url: string
  readonly schemas: readonly SchemaOwner[]
  /** The public key of the hub or node. */
  readonly owner: string
}

/** What came of it: nothing had to be done where an earlier attempt had ended without saying so. */
export type Moved = ({ readonly kind: 'moved' } & CopiedTables) | { readonly kind: 'was-moved' }

/**
 * Moves all tables from the file to the server in one transaction: all of them, with their counts and the head of the
 * log compared, or none. The file keeps its rows, and is marked before the move begins, so that never both can be
 * opened. Throws `state-conflict` for a database that is not empty, or a file that went to another one; of these, and
 * of a copy that failed, nothing stays. A move that was cut off is ended by a second one.
 */
export async function moveDatabase({ file, url, schemas, owner }: DatabaseMove): Promise<Moved> {
  await using stack = new AsyncDisposableStack()
  const source = stack.adopt(openSqlite<Record<string, Record<string, unknown>>>(file), opened =>
    opened.destroy(),
  )
  const target = stack.adopt(
    openPostgres<Record<string, Record<string, unknown>>>(url, { patience: migratingPatience }),
    opened => opened.destroy(),
  )
  const to = nameOf(url)
  const earlier = (await readBookkeeping(source)).migrations.length > 0 ? await movedTo(source) : undefined
  if (earlier !== undefined && earlier !== to) {
    throw new Refusal('state-conflict', `The tables went to the database ${earlier}, and this is ${to}`, {
      hint: 'End the move to that one.',
    })
  }
  if (earlier === undefined) await migrate(source, schemas)
  const holder = await orServerRefusal(() => ownerOf(target))
  if (holder === owner && earlier !== undefined) return { kind: 'was-moved' }
  if ((await target.introspection.getTables()).length > 0) {
    throw new Refusal('state-conflict', `The database ${to} is not empty`, {
      hint: 'Make a new one for this hub or node alone.',
    })
  }
  if (earlier === undefined) await markMoved(source, to)
  let copied: CopiedTables | undefined
  try {
    await refuseHung(target, async () => {
      copied = await target
        .transaction()
        .execute(transaction => copyTables(source, transaction, { schemas, owner }))
    })
  } catch (error) {
    if (isDatabaseAway(error)) throw cutOff(error) // nobody knows whether it was kept
    await unmarkMoved(source)
    throw error
  }
  return { kind: 'moved', ...copied! }
}

function cutOff(cause: unknown): Refusal {
  return new Refusal('busy', 'The database server cannot be reached any more', {
    hint: 'Do the move again when it is back: it finds out whether this one was kept.',
    cause,
  })
}

/** Where a database is, without the password that its URL may hold. */
function nameOf(url: string): string {
  const { host, port, database } = new pg.Client({ connectionString: url })
  return `${database} at ${host}:${port}`
}
