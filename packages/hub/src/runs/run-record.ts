import type { RunState } from '@consort/federation'
import type { Digest, Id, Manifest, Recipe } from '@consort/protocol'
import { Refusal } from '@consort/protocol'
import type { Kysely, Selectable } from 'kysely'
import type { HubTables } from '../tables.ts'

/** A run as it is kept, with its JSON read. */
export interface RunRecord {
  readonly id: Id<'run'>
  readonly name: string
  readonly recipe: Recipe
  readonly recipeDigest: Digest
  readonly rosterDigest: Digest
  /** Null in a consortium without an agreement. */
  readonly agreementDigest: Digest | null
  /** Names of the only members that take part; null for everyone. */
  readonly only: readonly string[] | null
  readonly state: RunState
  readonly revision: number
  /** What the present round starts from. */
  readonly version: Id<'version'>
  readonly created: string
  readonly ended: string | null
  readonly bytes: { readonly up: number; readonly down: number }
}

export function runRecordOf(row: Selectable<HubTables['run']>): RunRecord {
  return {
    id: row.id as Id<'run'>,
    name: row.name,
    recipe: JSON.parse(row.recipe),
    recipeDigest: row.recipe_digest as Digest,
    rosterDigest: row.roster_digest as Digest,
    agreementDigest: row.agreement_digest as Digest | null,
    only: row.only_members === null ? null : JSON.parse(row.only_members),
    state: JSON.parse(row.state),
    revision: row.revision,
    version: row.version as Id<'version'>,
    created: row.created,
    ended: row.ended,
    bytes: { up: Number(row.bytes_up), down: Number(row.bytes_down) },
  }
}

/** Throws `not-found`. */
export async function readRun(database: Kysely<HubTables>, id: string): Promise<RunRecord> {
  const row = await database.selectFrom('run').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row)
    throw new Refusal('not-found', `There is no run ${id}`, { hint: '`consort run list` shows all of them.' })
  return runRecordOf(row)
}

export async function versionWeights(database: Kysely<HubTables>, id: string): Promise<Manifest> {
  const { weights } = await database
    .selectFrom('version')
    .select('weights')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return JSON.parse(weights)
}

/** Runs that the hub still has to do something about. */
export async function openRuns(database: Kysely<HubTables>): Promise<string[]> {
  const rows = await database.selectFrom('run').select('id').where('ended', 'is', null).execute()
  return rows.map(row => row.id)
}
