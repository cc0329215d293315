import { type hubEndpoints, Refusal } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { HubCallers, HubContext } from '../../context.ts'
import { readRun, versionWeights } from '../../runs/run-record.ts'
import { openTask, type TaskRow } from '../../runs/tasks/own-task.ts'
import { missingChunks, updateFile } from '../../runs/update-file.ts'
import { hasHandedIn } from '../../sums/exchange.ts'
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
    if (row.manifest !== text) {
      if (await isFixed(context, row, caller.name)) {
        throw new Refusal('state-conflict', 'Another masked update was handed in and signed for')
      }
      await context.database.updateTable('task').set({ manifest: text }).where('id', '=', task).execute()
    }
    return { missing: await missingChunks(context.blobs, updateFile(row, manifest, weights)) }
  }
}

async function isFixed(context: HubContext, row: TaskRow, name: string): Promise<boolean> {
  const { recipe } = await readRun(context.database, row.run)
  return recipe.privacy.secureAggregation && (await hasHandedIn(context, row, name))
}
