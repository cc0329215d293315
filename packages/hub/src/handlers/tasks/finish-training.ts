import { type Digest, digestOfManifest, type hubEndpoints, Refusal } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import { planModel } from '@consort/train'
import { type HubCaller, type HubContext, type HubTransaction, record } from '../../context.ts'
import { applyEvent } from '../../runs/coordinator.ts'
import { readRun, versionWeights } from '../../runs/run-record.ts'
import { checkUpdate, missingChunks, updateFile } from '../../runs/update-file.ts'
import { announcedUpdate, cardOf, ownTask, type TaskRow, taskClosed } from './own-task.ts'

/** How much the latest round weighs in a member's average latency. */
const latencyShare = 0.3

export function finishTraining(context: HubContext): Handler<typeof hubEndpoints.finishTraining, HubCaller> {
  return async ({ params: { task }, body: { update, examples, loss }, caller }) => {
    const row = await ownTask(context, caller, task, 'train')
    if (row.state === 'received' && row.update_digest === update) return
    if (row.state !== 'open') throw taskClosed(row)
    if (digestOfManifest(announcedUpdate(row)) !== update) {
      throw new Refusal('state-conflict', 'Another update was announced than the one handed in', {
        hint: 'Announce it again.',
      })
    }
    await checkAgainstCard(context, row, examples)
    await checkContent(context, row)
    const event = { kind: 'received', round: row.round, work: 'train', member: row.member } as const
    const isTaken = await applyEvent(context, row.run, event, async transaction => {
      await keepResult(context, transaction, row, { update_digest: update, loss: loss ?? null })
      const { run, round, member } = row
      await record(context, transaction, {
        kind: 'update-received',
        body: { run, round, member, task, update: update as Digest, examples },
      })
    })
    if (!isTaken) throw taskClosed(await ownTask(context, caller, task))
    context.pursue(row.run)
  }
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
  const now = context.now()
  await transaction
    .updateTable('task')
    .set({ state: 'received', settled: now.toISOString(), ...result })
    .where('id', '=', row.id)
    .execute()
  const { latency_seconds: known } = await transaction
    .selectFrom('member')
    .select('latency_seconds')
    .where('id', '=', row.member)
    .executeTakeFirstOrThrow()
  const seconds = (now.getTime() - Date.parse(row.opened)) / 1000
  await transaction
    .updateTable('member')
    .set({ latency_seconds: known === null ? seconds : known + latencyShare * (seconds - known) })
    .where('id', '=', row.member)
    .execute()
}
