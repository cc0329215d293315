import { type hubEndpoints, Refusal } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { HubCallers, HubContext } from '../../context.ts'
import { versionWeights } from '../../runs/run-record.ts'
import { openTask, type TaskRow } from '../../runs/tasks/own-task.ts'
import { missingChunks, updateFile } from '../../runs/update-file.ts'
import { updateBytes } from '../aggregation/aggregation-handlers.ts'

export function offerUpdate(context: HubContext): Handler<typeof hubEndpoints.offerUpdate, HubCallers> {
  return async ({ params: { task }, body: manifest, caller }) => {
    const row = await openTask(context, caller, task, 'train')
    const weights = await versionWeights(context.database, row.version)
    const bytes = await updateBytes(context, row)
    if (manifest.bytes !== bytes) {
      throw new Refusal('update-shape', `The update has ${manifest.bytes} bytes instead of ${bytes}`, {
        hint: 'An update holds the same tensors as the weights that the task gave.',
      })
    }
    const text = JSON.stringify(manifest)
    if (row.manifest !== text && !(await announce(context, row, text))) {
      await openTask(context, caller, task, 'train') // says so when the task has ended
      throw new Refusal('state-conflict', 'Another update of this task was handed in before', {
        hint: 'It stays the one that is used. Ask for the next task.',
      })
    }
    return { missing: await missingChunks(context.blobs, updateFile(row, manifest, weights)) }
  }
}

/** Announces an update, unless one was taken before or while this call is under way; returns true when it did. */
async function announce({ database }: HubContext, { id }: TaskRow, manifest: string): Promise<boolean> {
  const { numUpdatedRows } = await database
    .updateTable('task')
    .set({ manifest })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .where('update_digest', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
