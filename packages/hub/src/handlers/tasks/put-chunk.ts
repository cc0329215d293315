import { type hubEndpoints, Refusal } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { HubCallers, HubContext } from '../../context.ts'
import { refusalOfFault } from '../../faults.ts'
import { announcedUpdate, countBytes, openTask } from '../../runs/tasks/own-task.ts'

export function putChunk(context: HubContext): Handler<typeof hubEndpoints.putChunk, HubCallers> {
  return async ({ params: { task, digest }, body, caller }) => {
    const row = await openTask(context, caller, task, 'train')
    const chunk = announcedUpdate(row).chunks.find(known => known.digest === digest)
    if (!chunk) {
      throw new Refusal('not-found', 'The announced update has no such chunk', {
        hint: 'Announce the update first.',
      })
    }
    if (body.digest !== digest) {
      throw new Refusal('digest-mismatch', 'The request is signed for another content than its address names')
    }
    await context.blobs.put(task, chunk, body.stream).catch(error => noteTrouble(context, row.run, error))
    context.traffic.trouble.delete(row.run)
    countBytes(context.traffic.up, row.run, chunk.bytes)
  }
}

/** Whoever watches the run learns what keeps it; the node tries again by itself. */
function noteTrouble({ traffic }: HubContext, run: string, error: unknown): never {
  const fault = refusalOfFault(error)
  if (fault?.code === 'disk-full') traffic.trouble.set(run, 'room on the disk of the hub')
  throw error
}
