import { packedBytes, ringBits } from '@consort/privacy'
import { digestOfManifest, type Id, type Manifest, Refusal } from '@consort/protocol'
import type { HubHandler } from '../../callers.ts'
import { applyEvent } from '../../runs/apply-event.ts'
import { noteLatency } from '../../runs/tasks/note-latency.ts'
import { announcedUpdate, openTask, taskClosed } from '../../runs/tasks/own-task.ts'
import type { TaskRecord } from '../../runs/tasks/task-record.ts'
import { takeUpdate } from '../../runs/tasks/task-store.ts'
import { missingChunks, updateFile } from '../../runs/update-file.ts'
import { type Attempt, readAttempt } from '../../sums/attempt-store.ts'
import { isKnown, keepMessage } from '../../sums/exchange.ts'
import type { TaskContext } from './context.ts'
import { updateTaken } from './update-taken.ts'

/** Takes what a member says in the secure sum of its task. */
export function sendAggregationMessage(
  context: Omit<TaskContext, 'chunkMemory'>,
): HubHandler<'sendAggregationMessage'> {
  const { database, now } = context
  return async ({ params: { task: id }, body: message, caller }) => {
    const task = await openTask(database, caller, id, 'train')
    const { run, round, member } = task
    const attempt = await readAttempt(database, run, round)
    if (await isKnown(database, attempt, message, caller.name)) return
    if (message.kind === 'masked-input') {
      const manifest = announcedUpdate(task)
      await context.updates.using(id, manifest, async () => {
        await checkMasked(context, { task, manifest, attempt }, message.digest)
        await database.transaction().execute(async transaction => {
          await keepMessage(transaction, attempt, message)
          if (!(await takeUpdate(transaction, id, manifest))) throw updateTaken()
        })
      })
    } else if (message.kind === 'advertisement') {
      const event = { kind: 'received', round, work: 'train', member } as const
      const isTaken = await applyEvent(context, run, event, async transaction => {
        await keepMessage(transaction, attempt, message)
        await noteLatency(transaction, task, now())
      })
      if (!isTaken) throw taskClosed(await openTask(database, caller, id, 'train'))
    } else {
      await database.transaction().execute(transaction => keepMessage(transaction, attempt, message))
    }
    context.pursue(run)
  }
}

/** Checks that the announced update is the one that was signed for, all here, and as many values as the sum takes. */
async function checkMasked(
  { blobs }: Pick<TaskContext, 'blobs'>,
  { task, manifest, attempt }: { task: TaskRecord; manifest: Manifest; attempt: Attempt<Id<'run'>> },
  digest: string,
): Promise<void> {
  const { values, members } = attempt.state.context
  const bytes = packedBytes(values, ringBits(members.length))
  if (manifest.bytes !== bytes) {
    throw new Refusal('update-shape', `The masked update has ${manifest.bytes} bytes instead of ${bytes}`)
  }
  if (digestOfManifest(manifest) !== digest) {
    throw new Refusal('digest-mismatch', 'Another update was announced than the one that is signed')
  }
  const missing = await missingChunks(blobs, updateFile(task, manifest))
  if (missing.length > 0) {
    throw new Refusal('state-conflict', `${missing.length} chunks have not arrived`, {
      hint: 'Announce the masked update again to learn which.',
    })
  }
}
