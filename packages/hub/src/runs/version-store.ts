import { type Id, type ListPlace, type Manifest, manifestSchema, Refusal } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { Selectable } from 'kysely'
import type { HubDatabase, HubTables, HubTransaction } from '../tables/hub-tables.ts'
import { onlyMembers } from './run-store.ts'

const manifests = jsonColumn('version.weights', manifestSchema, { kept: 8 })

/** Weights at the end of a round of a run; round 0 are those that the run began with. */
export interface Version {
  readonly id: Id<'version'>
  readonly run: Id<'run'>
  readonly round: number
  readonly name: string
  readonly created: string
  /** It is the current version of its name: the one to use. */
  readonly isCurrent: boolean
}

type Row = Pick<Selectable<HubTables['version']>, 'id' | 'run' | 'round' | 'name' | 'created' | 'present'>
const columns = ['id', 'run', 'round', 'name', 'created', 'present'] as const

function versionOf({ id, run, round, name, created, present }: Row): Version {
  return { id, run, round, name, created, isCurrent: present === 1 }
}

/** Keeps a version that has just been made. */
export async function insertVersion(
  transaction: HubTransaction,
  { weights, ...origin }: Omit<Version, 'isCurrent'> & { readonly weights: Manifest },
): Promise<void> {
  await transaction
    .insertInto('version')
    .values({ ...origin, weights: manifests.write(weights), published: 0, present: 0, kept: 1 })
    .execute()
}

/** Lists the chunks of a version's weights. */
export async function versionWeights(database: HubDatabase, id: Id<'version'>): Promise<Manifest> {
  const { weights } = await database
    .selectFrom('version')
    .select('weights')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return manifests.read(weights)
}

/** Reads where a version comes from, published or not. */
export async function readVersion(database: HubDatabase, id: Id<'version'>): Promise<Version> {
  const row = await database
    .selectFrom('version')
    .select(columns)
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return versionOf(row)
}

/** Finds the version that a round of a run has made. */
export async function versionOfRound(
  database: HubDatabase,
  run: Id<'run'>,
  round: number,
): Promise<Version | undefined> {
  const row = await database
    .selectFrom('version')
    .select(columns)
    .where('run', '=', run)
    .where('round', '=', round)
    .executeTakeFirst()
  return row && versionOf(row)
}

/** Lists the versions that are results of runs, the newest first: at most `limit` of those that come after a place. */
export async function publishedVersions(
  database: HubDatabase,
  { before, limit }: { readonly before?: ListPlace<'version'> | undefined; readonly limit: number },
): Promise<Version[]> {
  let query = database.selectFrom('version').select(columns).where('published', '=', 1)
  if (before) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('created', 'id'), '<', tuple(before.at, before.id)),
    )
  }
  const rows = await query.orderBy('created', 'desc').orderBy('id', 'desc').limit(limit).execute()
  return rows.map(versionOf)
}

/** Reads a version that is a run's result: the others are nobody's business. Throws `not-found`. */
export async function publishedVersion(database: HubDatabase, id: Id<'version'>): Promise<Version> {
  const row = await database
    .selectFrom('version')
    .select(columns)
    .where('id', '=', id)
    .where('published', '=', 1)
    .executeTakeFirst()
  if (row) return versionOf(row)
  throw new Refusal('not-found', `There is no model ${id}`, {
    hint: '`consort model list` shows all of them.',
  })
}

/** Finds the results of runs, by run; those that have none yet are left out. */
export async function resultsOf(
  database: HubDatabase,
  runs: readonly Id<'run'>[],
): Promise<ReadonlyMap<Id<'run'>, Id<'version'>>> {
  if (runs.length === 0) return new Map()
  const rows = await database
    .selectFrom('version')
    .select(['id', 'run'])
    .where('run', 'in', runs)
    .where('published', '=', 1)
    .execute()
  return new Map(rows.map(({ id, run }) => [run, id]))
}

/** Makes a version the result of its run. */
export async function publish(transaction: HubTransaction, id: Id<'version'>): Promise<void> {
  await transaction.updateTable('version').set({ published: 1 }).where('id', '=', id).execute()
}

/** Finds the version of a name that members should use. */
export async function currentVersion(database: HubDatabase, name: string): Promise<Version | undefined> {
  const row = await database
    .selectFrom('version')
    .select(columns)
    .where('name', '=', name)
    .where('present', '=', 1)
    .executeTakeFirst()
  return row && versionOf(row)
}

/** Makes a version the one of its name that members should use. */
export async function makeCurrent(
  transaction: HubTransaction,
  { id, name }: Pick<Version, 'id' | 'name'>,
): Promise<void> {
  await transaction.updateTable('version').set({ present: 0 }).where('name', '=', name).execute()
  await transaction.updateTable('version').set({ present: 1 }).where('id', '=', id).execute()
}

/** Lists the versions whose weights are still there, of one run where one is named. */
export async function keptVersions(database: HubDatabase, run?: Id<'run'>): Promise<Id<'version'>[]> {
  const kept = database.selectFrom('version').select('id').where('kept', '=', 1)
  const rows = await (run === undefined ? kept : kept.where('run', '=', run)).execute()
  return rows.map(({ id }) => id)
}

/** Lists the versions whose weights somebody may ask for: results, and those of runs that go on. */
export async function askedVersions(database: HubDatabase): Promise<Id<'version'>[]> {
  const rows = await database
    .selectFrom('version')
    .innerJoin('run', 'run.id', 'version.run')
    .select('version.id')
    .where('kept', '=', 1)
    .where(({ or, eb }) => or([eb('published', '=', 1), eb('run.ended', 'is', null)]))
    .execute()
  return rows.map(({ id }) => id)
}

/** Notes that the weights of a version go. What it was made of stays known. */
export async function forgetWeights(database: HubDatabase, id: Id<'version'>): Promise<void> {
  await database.updateTable('version').set({ kept: 0 }).where('id', '=', id).execute()
}

/** Returns true while the weights of a version are there. */
export async function hasWeights(database: HubDatabase, id: Id<'version'>): Promise<boolean> {
  const row = await database.selectFrom('version').select('kept').where('id', '=', id).executeTakeFirst()
  return row?.kept === 1
}

/** A result, and for whom it was made. */
export interface KeptResult extends Version {
  /** Names of the only members that took part; null for everyone. */
  readonly only: readonly string[] | null
}

/** Lists the results of runs whose weights are still there, in the order in which they were made. */
export async function keptResults(database: HubDatabase): Promise<KeptResult[]> {
  const rows = await database
    .selectFrom('version')
    .innerJoin('run', 'run.id', 'version.run')
    .select(columns.map(column => `version.${column}` as const))
    .select('run.only_members')
    .where('version.published', '=', 1)
    .where('version.kept', '=', 1)
    .orderBy('version.created')
    .orderBy('version.id')
    .execute()
  return rows.map(row => ({ ...versionOf(row), only: onlyMembers.readOrNull(row.only_members) }))
}

/** Deletes up to `limit` versions of a run that are not its result, and says how many went. */
export async function dropUnpublished(
  transaction: HubTransaction,
  run: Id<'run'>,
  limit: number,
): Promise<number> {
  const rows = await transaction
    .selectFrom('version')
    .select('id')
    .where('run', '=', run)
    .where('published', '=', 0)
    .limit(limit)
    .execute()
  const ids = rows.map(({ id }) => id)
  if (ids.length > 0) await transaction.deleteFrom('version').where('id', 'in', ids).execute()
  return ids.length
}
