import { type Digest, digestOfManifest, type hubEndpoints, Refusal } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import { planModel } from '@consort/train'
import { appendEvent, type HubCallers, type HubContext, type HubTransaction } from '../../context.ts'
import { applyEvent } from '../../runs/coordinator.ts'
import { readRun, versionWeights } from '../../runs/run-record.ts'
import { noteLatency } from '../../runs/tasks/note-latency.ts'
import { announcedUpdate, cardOf, ownTask, type TaskRow, taskClosed } from '../../runs/tasks/own-task.ts'
import { takeUpdate } from '../../runs/tasks/take-update.ts'
import { checkUpdate, missingChunks, updateFile } from '../../runs/update-file.ts'

export function finishTraining(context: HubContext): Handler<typeof hubEndpoints.finishTraining, HubCallers> {
  return async ({ params: { task }, body: { update, examples, loss }, caller }) => {
    const row = await ownTask(context, caller, task, 'train')
    if (row.state === 'received' && row.update_digest === update) return
    if (row.state !== 'open') throw taskClosed(row)
    if (digestOfManifest(announcedUpdate(row)) !== update) {
      throw new Refusal('state-conflict', 'Another update was announced than the one handed in', {
        hint: 'Announce it again.',
      })
    }
    await refuseUnmasked(context, row)
    await checkAgainstCard(context, row, examples)
    await checkContent(context, row)
    const event = { kind: 'received', round: row.round, work: 'train', member: row.member } as const
    const isTaken = await applyEvent(context, row.run, event, async transaction => {
      await keepResult(context, transaction, row, { update_digest: update, loss: loss ?? null })
      const { run, round, member } = row
      await appendEvent(context, transaction, {
        kind: 'update-received',
        body: { run, round, member, task, update: update as Digest, examples },
      })
    })
    if (!isTaken) throw taskClosed(await ownTask(context, caller, task))
    context.pursue(row.run)
  }
}

/** Under secure aggregation the hub takes no update that it could read. */
async function refuseUnmasked({ database }: HubContext, row: TaskRow): Promise<void> {
  if (!(await readRun(database, row.run)).recipe.privacy.secureAggregation) return
  throw new Refusal(
    'not-allowed',
    'The updates of this run are summed under masks, and none is taken by itself',
  )
}

/** The weight of an update is what its signed card declares, so nothing else may have been trained on. */
async function checkAgainstCard(context: HubContext, row: TaskRow, examples: number): Promise<void> {
  const { trainExamples } = await cardOf(context, row)
  if (examples === trainExamples) return
  throw new Refusal(
    'card-mismatch',
    `The update is said to come from ${examples} examples, the data card declares ${trainExamples}`,
    { hint: 'Register the data set again, so that its card tells what is there.' },
  )
}

async function checkContent(context: HubContext, row: TaskRow): Promise<void> {
  const run = await readRun(context.database, row.run)
  const file = updateFile(row, announcedUpdate(row), await versionWeights(context.database, row.version))
  const missing = await missingChunks(context.blobs, file)
  if (missing.length > 0) {
    throw new Refusal('state-conflict', `${missing.length} chunks have not arrived`, {
      hint: 'Announce the update again to learn which.',
    })
  }
  const { layout } = planModel(run.recipe)
  await context.chunkMemory(into => checkUpdate(context.blobs, file, layout, into))
}

async function keepResult(
  context: HubContext,
  transaction: HubTransaction,
  row: TaskRow,
  result: { update_digest: string; loss: number | null },
): Promise<void> {
  const settled = context.now().toISOString()
  await takeUpdate(transaction, row, { state: 'received', settled, ...result })
  await noteLatency(context, transaction, row)
}
