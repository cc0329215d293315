import { existsSync } from 'node:fs'
import { Refusal } from '@consort/protocol'
import type { Kysely } from 'kysely'
import type { OnTaken } from '../directory/end-on-taken.ts'
import { storageVersion } from '../version.ts'
import { readBookkeeping } from './bookkeeping.ts'
import { claimDatabase, ownerOf } from './claim-database.ts'
import type { DatabaseOptions } from './database-options.ts'
import { migrate } from './migrate.ts'
import { refuseMoved } from './move/moved-mark.ts'
import { type DatabasePlace, openDatabase } from './open-database.ts'
import { migratingPatience, type Patience } from './postgres/connection.ts'
import { openPostgres } from './postgres/open-postgres.ts'
import { admitPresent, openPresence } from './postgres/presence.ts'
import { refuseHung } from './postgres/refuse-hung.ts'
import { orServerRefusal } from './postgres/server-refusal.ts'
import type { SchemaOwner } from './schema-owner.ts'

/** Whose tables they are, and which. */
export interface TableSetup<Tables> extends DatabaseOptions {
  readonly schemas: readonly SchemaOwner[]
  /** The public key of the hub or node. */
  readonly owner: string
  /** Who else may serve a database of a server at the same time: replicas of this version, or nobody. */
  readonly sharing: 'replicas' | 'alone'
  readonly onTaken: OnTaken
  /** Opens the place instead of `openDatabase`. */
  readonly open?: ((place: DatabasePlace, options: DatabaseOptions) => Kysely<Tables>) | undefined
  /** Of this code, unless a test says otherwise. */
  readonly version?: string
  /** How long bringing the tables up to date waits for others. */
  readonly patience?: Patience
  /** How long a process that wants to be alone waits for another to be gone, in milliseconds. */
  readonly aloneMs?: number
}

/**
 * Opens the tables of a hub or a node for as long as the stack lives, and brings their schemas up to date. Throws as
 * `migrate` and `claimDatabase` do, and `state-conflict` for a file whose tables were moved, or were not yet; where the
 * place is a server also `directory-locked`, while a process of another version or another one of a node is there, and
 * `busy`, when one that hangs holds it up; `unreachable` and `input-invalid` as `orServerRefusal`.
 */
export async function openTables<Tables>(
  stack: AsyncDisposableStack,
  place: DatabasePlace,
  setup: TableSetup<Tables>,
): Promise<Kysely<Tables>> {
  const { schemas, version = storageVersion, open = openDatabase<Tables>, onTaken } = setup
  if (!('url' in place)) {
    const database = stack.adopt(open(place, setup), opened => opened.destroy())
    refuseMoved((await readBookkeeping(database)).migrations)
    await prepare(database, setup)
    return database
  }
  await prepareServer(place, setup)
  const admit = admitPresent(schemas, version)
  const aloneMs = setup.sharing === 'alone' ? (setup.aloneMs ?? 5000) : undefined
  stack.use(await openPresence(place.url, { admit, aloneMs, onRefused: onTaken }))
  return stack.adopt(open(place, { ...setup, admit }), opened => opened.destroy())
}

/** By connections of their own, which wait longer for an answer than those that serve. */
async function prepareServer<Tables>(
  { url, insteadOf }: { readonly url: string; readonly insteadOf?: string },
  setup: TableSetup<Tables>,
): Promise<void> {
  const database = openPostgres<Tables>(url, { patience: setup.patience ?? migratingPatience })
  try {
    await orServerRefusal(() => refuseLeftBehind(database, insteadOf))
    await refuseHung(database, () => prepare(database, setup))
  } finally {
    await database.destroy()
  }
}

/** Throws `state-conflict` where a fresh database would take the place of a file that has tables. */
async function refuseLeftBehind<Tables>(database: Kysely<Tables>, file: string | undefined): Promise<void> {
  const owner = await ownerOf(database)
  if (file === undefined || !existsSync(file) || owner !== undefined) return
  throw new Refusal(
    'state-conflict',
    `The tables are in ${file}, and the database at CONSORT_DATABASE_URL is empty`,
    {
      hint: 'Move them with `consort database move`; or leave CONSORT_DATABASE_URL out.',
    },
  )
}

async function prepare<Tables>(
  database: Kysely<Tables>,
  { schemas, version = storageVersion, owner }: TableSetup<Tables>,
): Promise<void> {
  await migrate(database, schemas, version)
  await claimDatabase(database, owner)
}
