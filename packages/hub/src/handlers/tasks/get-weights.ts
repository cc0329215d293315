import { Refusal } from '@consort/protocol'
import type { HubHandler } from '../../callers.ts'
import { openTask } from '../../runs/tasks/own-task.ts'
import { countBytes } from '../../runs/traffic.ts'
import { versionWeights } from '../../runs/version-store.ts'
import type { TaskContext } from './context.ts'

/** Sends one chunk of the weights that a task starts from. */
export function getWeights({
  database,
  blobs,
  traffic,
}: Pick<TaskContext, 'database' | 'blobs' | 'traffic'>): HubHandler<'getWeights'> {
  return async ({ params: { task: id, digest }, caller }) => {
    const task = await openTask(database, caller, id)
    const weights = await versionWeights(database, task.version)
    if (!weights.chunks.some(chunk => chunk.digest === digest)) {
      throw new Refusal('not-found', 'The weights of this task have no such chunk')
    }
    const chunk = await blobs.open(task.version, digest)
    countBytes(traffic, 'down', task.run, chunk.bytes)
    return chunk
  }
}
