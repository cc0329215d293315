import {
  digestOfManifest,
  type Id,
  type Manifest,
  manifestSchema,
  metricsSchema,
  type SignedTask,
  signedTaskSchema,
  taskFailureSchema,
} from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { HubDatabase, HubTables, HubTransaction } from '../../tables/hub-tables.ts'
import type { CondensedCard } from '../../tables/run-tables.ts'
import type { ReportedFailure } from '../../tables/task-tables.ts'
import type { Settlement, TaskFilter, TaskRecord, TaskWithUpdate } from './task-record.ts'

const signedTasks = jsonColumn('task.signed', signedTaskSchema)
const manifests = jsonColumn('task.manifest', manifestSchema, { kept: 64 })
const metrics = jsonColumn('task.metrics', metricsSchema, { kept: 1000 })
const failures = jsonColumn<ReportedFailure>(
  'task.failure',
  z.object({ code: taskFailureSchema, reference: z.string() }),
)

const columns = [
  'id',
  'run',
  'round',
  'member',
  'card',
  'work',
  'version',
  'state',
  'opened',
  'update_digest',
  'loss',
  'weight',
  'metrics',
  'failure',
] as const satisfies (keyof HubTables['task'])[]

function taskOf(row: Pick<Selectable<HubTables['task']>, (typeof columns)[number]>): TaskRecord {
  // Each field by its name: `...rest` of a row of the database takes as long as all else here.
  const { id, run, round, member, card, work, version, state, opened, loss, weight } = row
  return {
    ...{ id, run, round, member, card, work, version, state, opened, loss, weight },
    updateDigest: row.update_digest,
    metrics: metrics.readOrNull(row.metrics),
    failure: failures.readOrNull(row.failure),
  }
}

/** Keeps a task that its member will come for. */
export async function insertTask(
  transaction: HubTransaction,
  signed: SignedTask,
  { version, opened }: Pick<TaskRecord, 'version' | 'opened'>,
): Promise<void> {
  const { id, run, round, member, card, work } = signed.document
  const unsettled = {
    settled: null,
    manifest: null,
    update_digest: null,
    loss: null,
    weight: null,
    metrics: null,
    failure: null,
  }
  await transaction
    .insertInto('task')
    .values({
      id,
      run,
      round,
      member,
      card,
      work,
      version,
      opened,
      signed: signedTasks.write(signed),
      state: 'open',
      ...unsettled,
    })
    .execute()
}

/** Finds a task of this member. */
export async function findTask(
  database: HubDatabase,
  id: Id<'task'>,
  member: Id<'member'>,
): Promise<TaskWithUpdate | undefined> {
  const row = await database
    .selectFrom('task')
    .select([...columns, 'manifest'])
    .where('id', '=', id)
    .where('member', '=', member)
    .executeTakeFirst()
  return row && { ...taskOf(row), manifest: manifests.readOrNull(row.manifest) }
}

/** Finds the update that is announced for a task, or was taken; null for none. */
export async function findManifest(database: HubDatabase, id: Id<'task'>): Promise<Manifest | null> {
  const row = await database.selectFrom('task').select('manifest').where('id', '=', id).executeTakeFirst()
  return manifests.readOrNull(row?.manifest ?? null)
}

/** Finds the oldest open task of a member. */
export async function oldestOpenTask(
  database: HubDatabase,
  member: Id<'member'>,
): Promise<SignedTask | undefined> {
  const row = await database
    .selectFrom('task')
    .select('signed')
    .where('member', '=', member)
    .where('state', '=', 'open')
    .orderBy('opened')
    .limit(1)
    .executeTakeFirst()
  return row && signedTasks.read(row.signed)
}

function tasksWhere(database: HubDatabase, { run, round, fromRound, work, state }: TaskFilter) {
  let query = database.selectFrom('task').where('run', '=', run)
  if (round !== undefined) query = query.where('round', '=', round)
  if (fromRound !== undefined) query = query.where('round', '>=', fromRound)
  if (work !== undefined) query = query.where('work', '=', work)
  if (state !== undefined) query = query.where('state', '=', state)
  return query.orderBy('opened')
}

/** Lists tasks of a run in the order in which they were opened. */
export async function listTasks(database: HubDatabase, filter: TaskFilter): Promise<TaskRecord[]> {
  const rows = await tasksWhere(database, filter).select(columns).execute()
  return rows.map(taskOf)
}

/** The same, with the updates that are announced for them. */
export async function listTasksWithUpdates(
  database: HubDatabase,
  filter: TaskFilter,
): Promise<TaskWithUpdate[]> {
  const rows = await tasksWhere(database, filter)
    .select([...columns, 'manifest'])
    .execute()
  return rows.map(row => ({ ...taskOf(row), manifest: manifests.readOrNull(row.manifest) }))
}

/**
 * Lists the data sets that are in a version, each once: what updates with a weight were trained on, up to its
 * round.
 */
export async function trainedCards(
  database: HubDatabase,
  run: Id<'run'>,
  upToRound: number,
): Promise<Pick<TaskRecord, 'member' | 'card'>[]> {
  return await database
    .selectFrom('task')
    .select(['member', 'card'])
    .distinct()
    .where('run', '=', run)
    .where('round', '<=', upToRound)
    .where('work', '=', 'train')
    .where('weight', 'is not', null)
    .execute()
}

/**
 * Lists the cards that tasks of a run were about, each once, with the most that was done with its records: updates with
 * a weight are in the result up to its round, which is 0 where there is none.
 */
export async function cardsOfTasks(
  database: HubDatabase,
  run: Id<'run'>,
  upToRound: number,
): Promise<CondensedCard[]> {
  const rows = await database
    .selectFrom('task')
    .select(({ eb, fn }) => [
      'member',
      'card',
      fn.max<number>(eb.case().when('work', '=', 'train').then(1).else(0).end()).as('trained'),
      fn
        .max<number>(
          eb
            .case()
            .when(
              eb.and([eb('work', '=', 'train'), eb('weight', 'is not', null), eb('round', '<=', upToRound)]),
            )
            .then(1)
            .else(0)
            .end(),
        )
        .as('weighed'),
    ])
    .where('run', '=', run)
    .groupBy(['member', 'card'])
    .execute()
  return rows.map(({ member, card, trained, weighed }) => ({
    member,
    card,
    part: weighed ? 'in-result' : trained ? 'trained' : 'evaluated',
  }))
}

/** Lists the tasks whose updates may lie on the disk. */
export async function tasksOfRuns(database: HubDatabase, runs: readonly Id<'run'>[]): Promise<Id<'task'>[]> {
  if (runs.length === 0) return []
  const rows = await database.selectFrom('task').select('id').where('run', 'in', runs).execute()
  return rows.map(({ id }) => id)
}

/** Returns true when a member has had a task in a run with this card. */
export async function hasTask(
  database: HubDatabase,
  { run, member, card }: Pick<TaskRecord, 'run' | 'member' | 'card'>,
): Promise<boolean> {
  const row = await database
    .selectFrom('task')
    .select('id')
    .where('run', '=', run)
    .where('member', '=', member)
    .where('card', '=', card)
    .executeTakeFirst()
  return row !== undefined
}

/** Announces an update, unless one was taken before or while the call was under way; returns true when it did. */
export async function announceUpdate(
  database: HubDatabase,
  id: Id<'task'>,
  manifest: Manifest,
): Promise<boolean> {
  const { numUpdatedRows } = await database
    .updateTable('task')
    .set({ manifest: manifests.write(manifest) })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .where('update_digest', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/**
 * Takes an update: from then on no other one can be announced, and it is the one that is used, whatever was announced
 * while it was checked. Returns false when another one was taken, or the task has ended.
 */
export async function takeUpdate(
  transaction: HubTransaction,
  id: Id<'task'>,
  manifest: Manifest,
  settled?: { readonly at: Date; readonly loss: number | null },
): Promise<boolean> {
  const update = digestOfManifest(manifest)
  const { numUpdatedRows } = await transaction
    .updateTable('task')
    .set({
      manifest: manifests.write(manifest),
      update_digest: update,
      ...(settled && { state: 'received', settled: settled.at.toISOString(), loss: settled.loss }),
    })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .where(({ eb, or }) => or([eb('update_digest', 'is', null), eb('update_digest', '=', update)]))
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** Settles a task that is open; returns false when it is not. */
export async function settleTask(
  transaction: HubTransaction,
  id: Id<'task'>,
  { at, ...settlement }: Settlement & { readonly at: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('task')
    .set({
      state: settlement.state,
      settled: at.toISOString(),
      ...('failure' in settlement && { failure: failures.write(settlement.failure) }),
      ...('metrics' in settlement && { metrics: metrics.write(settlement.metrics) }),
    })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** Closes what is still open of a run. */
export async function closeOpenTasks(transaction: HubTransaction, run: Id<'run'>, at: Date): Promise<void> {
  await transaction
    .updateTable('task')
    .set({ state: 'closed', settled: at.toISOString() })
    .where('run', '=', run)
    .where('state', '=', 'open')
    .execute()
}

/** Keeps the share of an update in a version. A masked update is received by becoming part of the sum. */
export async function keepShare(
  transaction: HubTransaction,
  id: Id<'task'>,
  { weight, at }: { readonly weight: number; readonly at: string },
): Promise<void> {
  await transaction.updateTable('task').set({ weight }).where('id', '=', id).execute()
  await transaction
    .updateTable('task')
    .set({ state: 'received', settled: at })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .execute()
}

/** Lists the training tasks of a run for which an update is announced. */
export async function announcedTasks(database: HubDatabase, run: Id<'run'>): Promise<Id<'task'>[]> {
  const rows = await database
    .selectFrom('task')
    .select('id')
    .where('run', '=', run)
    .where('work', '=', 'train')
    .where('manifest', 'is not', null)
    .execute()
  return rows.map(({ id }) => id)
}

/** Notes that the updates of these tasks are no longer there: of all of them at once, since each commit is a sync. */
export async function forgetUpdates(database: HubDatabase, ids: readonly Id<'task'>[]): Promise<void> {
  if (ids.length === 0) return
  await database.updateTable('task').set({ manifest: null }).where('id', 'in', ids).execute()
}

/** Of these cards, those that some task was ever about. */
export async function cardsWithTasks(
  database: HubDatabase | HubTransaction,
  cards: readonly Id<'card'>[],
): Promise<ReadonlySet<Id<'card'>>> {
  if (cards.length === 0) return new Set()
  const rows = await database
    .selectFrom('task')
    .select('card')
    .distinct()
    .where('card', 'in', cards)
    .execute()
  return new Set(rows.map(({ card }) => card))
}

/** Deletes up to `limit` tasks of a run that is condensed, and says how many went. */
export async function dropTasks(transaction: HubTransaction, run: Id<'run'>, limit: number): Promise<number> {
  const rows = await transaction.selectFrom('task').select('id').where('run', '=', run).limit(limit).execute()
  const ids = rows.map(({ id }) => id)
  if (ids.length > 0) await transaction.deleteFrom('task').where('id', 'in', ids).execute()
  return ids.length
}
