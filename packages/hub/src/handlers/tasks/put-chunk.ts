import { isRefusal, Refusal } from '@consort/protocol'
import type { HubHandler } from '../../callers.ts'
import { refusalOfFault } from '../../faults.ts'
import { announcedUpdate, openTask, ownTask } from '../../runs/tasks/own-task.ts'
import { countBytes } from '../../runs/traffic.ts'
import type { TaskContext } from './context.ts'

/** Takes one chunk of an announced update. */
export function putChunk(
  context: Pick<TaskContext, 'database' | 'blobs' | 'traffic' | 'updates'>,
): HubHandler<'putChunk'> {
  return async input => {
    await takeChunk(context, input)
  }
}

type PutChunk = Parameters<HubHandler<'putChunk'>>[0]

async function takeChunk(
  context: Pick<TaskContext, 'database' | 'blobs' | 'traffic' | 'updates'>,
  { params: { task: id, digest }, body, caller }: PutChunk,
): Promise<void> {
  const { database, blobs, traffic, updates } = context
  const task = await openTask(database, caller, id, 'train')
  const chunk = announcedUpdate(task).chunks.find(known => known.digest === digest)
  if (!chunk) {
    throw new Refusal('not-found', 'The announced update has no such chunk', {
      hint: 'Announce the update first.',
    })
  }
  if (body.digest !== digest) {
    throw new Refusal('digest-mismatch', 'The request is signed for another content than its address names')
  }
  await blobs.put(id, chunk, body.stream).catch(error => noteTrouble(context, task.run, error))
  traffic.trouble.delete(task.run)
  countBytes(traffic, 'up', task.run, chunk.bytes)
  // Another update may have been announced meanwhile, or the run may be over.
  const { manifest } = await ownTask(database, caller, id)
  if (!manifest?.chunks.some(known => known.digest === digest)) await updates.tidy(id)
}

/** Whoever watches the run learns what keeps it; the node tries again by itself. */
function noteTrouble({ traffic }: Pick<TaskContext, 'traffic'>, run: string, error: unknown): never {
  if (isRefusal(refusalOfFault(error), 'disk-full')) traffic.trouble.set(run, 'room on the disk of the hub')
  throw error
}
