import { type hubEndpoints, Refusal } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { HubCaller, HubContext } from '../../context.ts'
import { announcedUpdate, countBytes, openTask } from './own-task.ts'

export function putChunk(context: HubContext): Handler<typeof hubEndpoints.putChunk, HubCaller> {
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
    await context.blobs.put(task, chunk, body.stream)
    countBytes(context.traffic.up, row.run, chunk.bytes)
  }
}
