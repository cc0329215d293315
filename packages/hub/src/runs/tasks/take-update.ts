import { Refusal } from '@consort/protocol'
import type { Updateable } from 'kysely'
import type { HubTransaction } from '../../context.ts'
import type { HubTables } from '../../tables.ts'
import type { TaskRow } from './own-task.ts'

/**
 * Takes an update in the transaction that says so. `checked` is the task as it was read before the check: its manifest is
 * what will be used, whatever was announced while the check went on. From then on no other one can be announced.
 * Throws `state-conflict` when another one was taken, or the task has ended.
 */
export async function takeUpdate(
  transaction: HubTransaction,
  checked: TaskRow,
  changes: Updateable<HubTables['task']> & { update_digest: string },
): Promise<void> {
  const { numUpdatedRows } = await transaction
    .updateTable('task')
    .set({ ...changes, manifest: checked.manifest })
    .where('id', '=', checked.id)
    .where('state', '=', 'open')
    .where(({ eb, or }) =>
      or([eb('update_digest', 'is', null), eb('update_digest', '=', changes.update_digest)]),
    )
    .executeTakeFirst()
  if (numUpdatedRows > 0n) return
  throw new Refusal('state-conflict', 'Another update of this task was taken, or the task has ended', {
    hint: 'Ask for the next task.',
  })
}
