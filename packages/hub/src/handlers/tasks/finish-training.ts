import { digestOfManifest, type Manifest, Refusal } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import { trainedParts } from '@consort/train'
import type { HubHandler } from '../../callers.ts'
import { hearMember } from '../../runs/hear-member.ts'
import { type RunRecord, readRun } from '../../runs/run-store.ts'
import { noteLatency } from '../../runs/tasks/note-latency.ts'
import { announcedUpdate, cardOfTask, ownTask, taskClosed } from '../../runs/tasks/own-task.ts'
import type { TaskRecord } from '../../runs/tasks/task-record.ts'
import { takeUpdate } from '../../runs/tasks/task-store.ts'
import { checkUpdate, missingChunks, updateFile } from '../../runs/update-file.ts'
import { versionWeights } from '../../runs/version-store.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'
import type { TaskContext } from './context.ts'
import { updateTaken } from './update-taken.ts'

/** Takes an update whose chunks are all here. What is checked is what is taken, whatever is announced meanwhile. */
export function finishTraining(context: TaskContext): HubHandler<'finishTraining'> {
  const { database, now } = context
  return async ({ params: { task: id }, body: { update, examples, loss }, caller }) => {
    const task = await ownTask(database, caller, id, 'train')
    if (task.state === 'received' && task.updateDigest === update) return
    if (task.state !== 'open') throw taskClosed(task)
    const manifest = announcedUpdate(task)
    if (digestOfManifest(manifest) !== update) {
      throw new Refusal('state-conflict', 'Another update was announced than the one handed in', {
        hint: 'Announce it again.',
      })
    }
    const run = await readRun(database, task.run)
    refuseUnmasked(run)
    await checkAgainstCard(database, task, examples)
    const { round, member } = task
    const event = { kind: 'received', round, work: 'train', member } as const
    const isTaken = await context.updates.using(id, manifest, async () => {
      await checkContent(context, run, task, manifest)
      return await hearMember(context, run.id, event, async transaction => {
        if (!(await takeUpdate(transaction, id, manifest, { at: now(), loss: loss ?? null })))
          throw updateTaken()
        await noteLatency(transaction, task, now())
        const body = { run: run.id, round, member, task: id, update, examples }
        await appendEvent(context, transaction, { kind: 'update-received', body })
      })
    })
    if (!isTaken) throw taskClosed(await ownTask(database, caller, id))
  }
}

/** Under secure aggregation the hub takes no update that it could read. */
function refuseUnmasked({ recipe }: RunRecord): void {
  if (!recipe.privacy.secureAggregation) return
  throw new Refusal(
    'not-allowed',
    'The updates of this run are summed under masks, and none is taken by itself',
  )
}

/** The weight of an update is what its signed card declares, so nothing else may have been trained on. */
async function checkAgainstCard(database: HubDatabase, task: TaskRecord, examples: number): Promise<void> {
  const { trainExamples } = await cardOfTask(database, task)
  if (examples === trainExamples) return
  throw new Refusal(
    'card-mismatch',
    `The update is said to come from ${examples} examples, the data card declares ${trainExamples}`,
    { hint: 'Register the data set again, so that its card tells what is there.' },
  )
}

async function checkContent(
  { database, blobs, chunkMemory }: Pick<TaskContext, 'database' | 'blobs' | 'chunkMemory'>,
  { recipe }: RunRecord,
  task: TaskRecord,
  manifest: Manifest,
): Promise<void> {
  const file = updateFile(task, manifest, await versionWeights(database, task.version))
  const missing = await missingChunks(blobs, file)
  if (missing.length > 0) {
    throw new Refusal('state-conflict', `${missing.length} chunks have not arrived`, {
      hint: 'Announce the update again to learn which.',
    })
  }
  const { layout } = trainedParts(recipe)
  await chunkMemory(into => checkUpdate(blobs, file, layout, into))
}
