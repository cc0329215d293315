import { type DataCard, type Id, type Manifest, Refusal } from '@consort/protocol'
import { findCard } from '../../members/card-store.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'
import type { TaskRecord, TaskWithUpdate, Work } from './task-record.ts'
import { findTask } from './task-store.ts'

/** The member that a task has to belong to. */
interface Owner {
  readonly id: Id<'member'>
}

/** Reads a member's own task; others' tasks do not exist for it. Throws `not-found`. */
export async function ownTask(
  database: HubDatabase,
  caller: Owner,
  id: Id<'task'>,
  work?: Work,
): Promise<TaskWithUpdate> {
  const task = await findTask(database, id, caller.id)
  if (task && (work === undefined || task.work === work)) return task
  throw new Refusal('not-found', `There is no such task for this member: ${id}`)
}

/** Reads a member's own task while it is open. Throws `not-found` or `task-closed`. */
export async function openTask(
  database: HubDatabase,
  caller: Owner,
  id: Id<'task'>,
  work?: Work,
): Promise<TaskWithUpdate> {
  const task = await ownTask(database, caller, id, work)
  if (task.state !== 'open') throw taskClosed(task)
  return task
}

/** Makes the refusal of what comes for a task that is settled. */
export function taskClosed({ state }: Pick<TaskRecord, 'state'>): Refusal {
  const what = state === 'received' ? 'handed in' : state
  return new Refusal('task-closed', `This task was ${what} before`, {
    hint: 'Its deadline passed, its run ended, or it was done already. Ask for the next task.',
  })
}

/** Gives the update that was announced for a task. Throws `state-conflict` when none was. */
export function announcedUpdate({ manifest }: TaskWithUpdate): Manifest {
  if (manifest) return manifest
  throw new Refusal('state-conflict', 'No update was announced for this task', {
    hint: 'Announce it first.',
  })
}

/** Reads the data card that a task was given for. */
export async function cardOfTask(
  database: HubDatabase,
  { card }: Pick<TaskRecord, 'card'>,
): Promise<DataCard> {
  const signed = await findCard(database, card)
  if (signed) return signed.document
  throw new Error(`There is no data card ${card}`)
}
