import { type DataCard, type Manifest, Refusal, type SignedDataCard } from '@consort/protocol'
import type { Selectable } from 'kysely'
import type { HubContext, MemberCaller } from '../../context.ts'
import type { HubTables } from '../../tables.ts'

export type TaskRow = Selectable<HubTables['task']>
export type Work = 'train' | 'evaluate'

/** The member's own task; others' tasks do not exist for it. Throws `not-found`. */
export async function ownTask(
  { database }: HubContext,
  caller: MemberCaller,
  id: string,
  work?: Work,
): Promise<TaskRow> {
  const row = await database
    .selectFrom('task')
    .selectAll()
    .where('id', '=', id)
    .where('member', '=', caller.id)
    .executeTakeFirst()
  if (!row || (work && row.work !== work)) {
    throw new Refusal('not-found', `There is no such task for this member: ${id}`)
  }
  return row
}

/** Its own task while it is open. Throws `not-found` or `task-closed`. */
export async function openTask(
  context: HubContext,
  caller: MemberCaller,
  id: string,
  work?: Work,
): Promise<TaskRow> {
  const row = await ownTask(context, caller, id, work)
  if (row.state !== 'open') throw taskClosed(row)
  return row
}

export function taskClosed(row: TaskRow): Refusal {
  const what = row.state === 'received' ? 'handed in' : row.state
  return new Refusal('task-closed', `This task was ${what} before`, {
    hint: 'Its deadline passed, its run ended, or it was done already. Ask for the next task.',
  })
}

/** The update that was announced for a task. Throws `state-conflict` when none was. */
export function announcedUpdate(row: TaskRow): Manifest {
  if (row.manifest === null) {
    throw new Refusal('state-conflict', 'No update was announced for this task', {
      hint: 'Announce it first.',
    })
  }
  return JSON.parse(row.manifest)
}

/** The data card that a task was given for. */
export async function cardOf({ database }: HubContext, row: TaskRow): Promise<DataCard> {
  const { signed } = await database
    .selectFrom('data_card')
    .select('signed')
    .where('id', '=', row.card)
    .executeTakeFirstOrThrow()
  return (JSON.parse(signed) as SignedDataCard).document
}

/** Adds to what a run has moved, for the display. */
export function countBytes(counted: Map<string, number>, run: string, bytes: number): void {
  counted.set(run, (counted.get(run) ?? 0) + bytes)
}
