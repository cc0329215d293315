import { digestOfManifest, Refusal } from '@consort/protocol'
import type { HubHandler } from '../../callers.ts'
import { expectedUpdate } from '../../runs/tasks/expected-update.ts'
import { openTask } from '../../runs/tasks/own-task.ts'
import { announceUpdate } from '../../runs/tasks/task-store.ts'
import { missingChunks, updateFile } from '../../runs/update-file.ts'
import type { TaskContext } from './context.ts'

/** Announces an update in place of an earlier one, and answers with the chunks that are not here yet. */
export function offerUpdate({
  database,
  blobs,
  updates,
}: Pick<TaskContext, 'database' | 'blobs' | 'updates'>): HubHandler<'offerUpdate'> {
  return async ({ params: { task: id }, body: manifest, caller }) => {
    const task = await openTask(database, caller, id, 'train')
    const { bytes, weights } = await expectedUpdate(database, task)
    if (manifest.bytes !== bytes) {
      throw new Refusal('update-shape', `The update has ${manifest.bytes} bytes instead of ${bytes}`, {
        hint: 'An update holds the same tensors as the weights that the task gave.',
      })
    }
    const isAnnounced = task.manifest && digestOfManifest(task.manifest) === digestOfManifest(manifest)
    if (!isAnnounced && !(await announceUpdate(database, id, manifest))) {
      await openTask(database, caller, id, 'train') // says so when the task has ended
      throw new Refusal('state-conflict', 'Another update of this task was handed in before', {
        hint: 'It stays the one that is used. Ask for the next task.',
      })
    }
    if (!isAnnounced && task.manifest) await updates.tidy(id)
    return { missing: await missingChunks(blobs, updateFile(task, manifest, weights)) }
  }
}
