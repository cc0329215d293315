import { type hubEndpoints, Refusal } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { HubCallers, HubContext } from '../../context.ts'
import { versionWeights } from '../../runs/run-record.ts'
import { countBytes, openTask } from '../../runs/tasks/own-task.ts'

export function getWeights(context: HubContext): Handler<typeof hubEndpoints.getWeights, HubCallers> {
  return async ({ params: { task, digest }, caller }) => {
    const row = await openTask(context, caller, task)
    const weights = await versionWeights(context.database, row.version)
    if (!weights.chunks.some(chunk => chunk.digest === digest)) {
      throw new Refusal('not-found', 'The weights of this task have no such chunk')
    }
    const chunk = await context.blobs.open(row.version, digest)
    countBytes(context.traffic.down, row.run, chunk.bytes)
    return chunk
  }
}
