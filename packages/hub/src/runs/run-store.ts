import { type RunState, runStateSchema } from '@consort/federation'
import {
  type Digest,
  type Id,
  type ListPlace,
  nameSchema,
  type Recipe,
  Refusal,
  recipeSchema,
} from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { HubDatabase, HubTables, HubTransaction } from '../tables/hub-tables.ts'

const recipes = jsonColumn('run.recipe', recipeSchema, { kept: 64 })
const states = jsonColumn<RunState>('run.state', runStateSchema, { kept: 16 })
/** Names of the only members of a run, as they are kept. */
export const onlyMembers = jsonColumn<readonly string[]>('run.only_members', z.array(nameSchema))

/** A run as it is kept. */
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
  /** Grows with every change of the state. */
  readonly revision: number
  /** What the current round starts from. */
  readonly version: Id<'version'>
  readonly created: string
  readonly ended: string | null
  readonly bytes: { readonly up: number; readonly down: number }
}

function runOf(row: Selectable<HubTables['run']>): RunRecord {
  return {
    id: row.id,
    name: row.name,
    recipe: recipes.read(row.recipe),
    recipeDigest: row.recipe_digest,
    rosterDigest: row.roster_digest,
    agreementDigest: row.agreement_digest,
    only: onlyMembers.readOrNull(row.only_members),
    state: states.read(row.state),
    revision: row.revision,
    version: row.version,
    created: row.created,
    ended: row.ended,
    bytes: { up: Number(row.bytes_up), down: Number(row.bytes_down) },
  }
}

/** Reads a run. Throws `not-found`. */
export async function readRun(database: HubDatabase, id: Id<'run'>): Promise<RunRecord> {
  const row = await database.selectFrom('run').selectAll().where('id', '=', id).executeTakeFirst()
  if (row) return runOf(row)
  throw new Refusal('not-found', `There is no run ${id}`, { hint: '`consort run list` shows all of them.' })
}

/** Finds the run that was opened with this key. */
export async function runWithKey(database: HubDatabase, key: string): Promise<RunRecord | undefined> {
  const row = await database
    .selectFrom('run')
    .selectAll()
    .where('idempotency_key', '=', key)
    .executeTakeFirst()
  return row && runOf(row)
}

/** Lists runs, the newest first: at most `limit` of those that come after a place. */
export async function listRuns(
  database: HubDatabase,
  { before, limit }: { readonly before?: ListPlace<'run'> | undefined; readonly limit: number },
): Promise<RunRecord[]> {
  let query = database.selectFrom('run').selectAll()
  if (before) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('created', 'id'), '<', tuple(before.at, before.id)),
    )
  }
  const rows = await query.orderBy('created', 'desc').orderBy('id', 'desc').limit(limit).execute()
  return rows.map(runOf)
}

/** Lists the last runs over a data set with all partners, the newest first. */
export async function lastRunsOver(
  database: HubDatabase,
  dataset: string,
  limit: number,
): Promise<RunRecord[]> {
  const rows = await database
    .selectFrom('run')
    .selectAll()
    .where('dataset', '=', dataset)
    .where('only_members', 'is', null)
    .orderBy('created', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(runOf)
}

/** Tells whether a run over a data set with all partners is going on. */
export async function isRunningOver(database: HubDatabase, dataset: string): Promise<boolean> {
  const row = await database
    .selectFrom('run')
    .select('id')
    .where('ended', 'is', null)
    .where('dataset', '=', dataset)
    .where('only_members', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

/** Lists the runs that the hub still has to do something about. */
export async function openRuns(database: HubDatabase): Promise<Id<'run'>[]> {
  const rows = await database.selectFrom('run').select('id').where('ended', 'is', null).execute()
  return rows.map(row => row.id)
}

/** Lists the runs of a recipe. */
export async function runsOfRecipe(database: HubDatabase, recipe: Digest): Promise<Id<'run'>[]> {
  const rows = await database.selectFrom('run').select('id').where('recipe_digest', '=', recipe).execute()
  return rows.map(row => row.id)
}

/** What is known of a run when it is opened. */
export type NewRun = Pick<
  RunRecord,
  'id' | 'recipe' | 'recipeDigest' | 'rosterDigest' | 'agreementDigest' | 'only' | 'version' | 'created'
> & { readonly idempotencyKey: string }

/** Keeps a run that has just been opened; returns false when another one was opened with its key. */
export async function insertRun(transaction: HubTransaction, run: NewRun): Promise<boolean> {
  const { numInsertedOrUpdatedRows: inserted = 0n } = await transaction
    .insertInto('run')
    .values({
      id: run.id,
      idempotency_key: run.idempotencyKey,
      name: run.recipe.name,
      recipe: recipes.write(run.recipe),
      recipe_digest: run.recipeDigest,
      dataset: run.recipe.dataset,
      roster_digest: run.rosterDigest,
      agreement_digest: run.agreementDigest,
      only_members: onlyMembers.writeOrNull(run.only),
      state: states.write({ phase: 'created' }),
      revision: 1,
      version: run.version,
      created: run.created,
      ended: null,
      bytes_up: 0,
      bytes_down: 0,
      emptied: 0,
    })
    .onConflict(conflict => conflict.column('idempotency_key').doNothing())
    .executeTakeFirstOrThrow()
  return inserted > 0n
}

/** Keeps the state that a run has come to, with what it has moved, and gives the run as it is from then on. */
export async function keepState(
  transaction: HubTransaction,
  before: RunRecord,
  { state, ended, bytes }: Pick<RunRecord, 'state' | 'ended' | 'bytes'>,
): Promise<RunRecord> {
  const revision = before.revision + 1
  const row = await transaction
    .updateTable('run')
    .set({ state: states.write(state), revision, ended, bytes_up: bytes.up, bytes_down: bytes.down })
    .where('id', '=', before.id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return runOf(row)
}

/** Makes a version the one that the next round of a run starts from. */
export async function goOnFrom(
  transaction: HubTransaction,
  id: Id<'run'>,
  version: Id<'version'>,
): Promise<void> {
  await transaction.updateTable('run').set({ version }).where('id', '=', id).execute()
}

/** Lists the runs that ended before a moment and of which rows may be left, the oldest first. */
export async function fullRunsBefore(database: HubDatabase, before: Date): Promise<Id<'run'>[]> {
  const rows = await database
    .selectFrom('run')
    .select('id')
    .where('emptied', '=', 0)
    .where('ended', '<', before.toISOString())
    .orderBy('ended')
    .execute()
  return rows.map(({ id }) => id)
}

/** Notes that no round, task or sum of a condensed run is left. */
export async function noteEmptied(database: HubDatabase, id: Id<'run'>): Promise<void> {
  await database.updateTable('run').set({ emptied: 1 }).where('id', '=', id).execute()
}
