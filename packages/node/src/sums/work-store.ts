import { type Id, type Manifest, manifestSchema } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { Kysely, Transaction } from 'kysely'
import type { NodeReader, NodeTables } from '../tables/node-tables.ts'
import { type TrainingOutcome, trainingOutcomeSchema } from '../tables/training-outcome.ts'

const manifests = jsonColumn('work.manifest', manifestSchema)
const outcomes = jsonColumn('work.result', trainingOutcomeSchema.partial())

type WorkId = Id<'task'> | Id<'survey'>

/** Work that is done and not delivered yet. */
export interface DoneWork {
  /** Of the file that the node keeps: the update, or the answers to a survey. */
  readonly manifest: Manifest
  /** Null for a survey. */
  readonly outcome: TrainingOutcome | null
  /** Of the masked file, once there is one. */
  readonly masked: Manifest | null
}

/** The work that was done for a task or a survey, until it is delivered. */
export async function findWork(database: NodeReader, task: WorkId): Promise<DoneWork | undefined> {
  const row = await database.selectFrom('work').selectAll().where('task', '=', task).executeTakeFirst()
  if (!row) return undefined
  const { examples, loss } = outcomes.read(row.result)
  return {
    manifest: manifests.read(row.manifest),
    outcome: examples === undefined ? null : { examples, ...(loss !== undefined && { loss }) },
    masked: manifests.readOrNull(row.masked),
  }
}

/** Keeps work that is done. */
export async function keepWork(
  transaction: Transaction<NodeTables>,
  work: {
    readonly task: WorkId
    readonly manifest: Manifest
    readonly outcome: TrainingOutcome | null
    readonly at: Date
  },
): Promise<void> {
  const row = {
    task: work.task,
    manifest: manifests.write(work.manifest),
    result: outcomes.write(work.outcome ?? {}),
    created: work.at.toISOString(),
  }
  await transaction.insertInto('work').values(row).execute()
}

/** Notes which file is the work, masked. */
export async function keepMasked(
  transaction: Transaction<NodeTables>,
  task: WorkId,
  masked: Manifest,
): Promise<void> {
  const text = manifests.write(masked)
  await transaction.updateTable('work').set({ masked: text }).where('task', '=', task).execute()
}

/** Forgets the work of one task or survey. */
export async function dropWork(database: Kysely<NodeTables>, task: WorkId): Promise<void> {
  await database.deleteFrom('work').where('task', '=', task).execute()
}

/** Lists the tasks and surveys whose work is kept. */
export async function keptWork(database: Kysely<NodeTables>): Promise<WorkId[]> {
  return (await database.selectFrom('work').select('task').execute()).map(({ task }) => task)
}

/** Lists the tasks and surveys whose work was done before a moment, the oldest first. */
export async function workBefore(database: Kysely<NodeTables>, before: Date): Promise<WorkId[]> {
  const rows = await database
    .selectFrom('work')
    .select('task')
    .where('created', '<', before.toISOString())
    .orderBy('created')
    .execute()
  return rows.map(({ task }) => task)
}
