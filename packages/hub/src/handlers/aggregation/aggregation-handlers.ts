import { packedBytes, ringBits } from '@consort/privacy'
import { digestOfManifest, type hubEndpoints, type Id, Refusal, type SignedDataCard } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { HubCallers, HubContext } from '../../context.ts'
import { applyEvent } from '../../runs/coordinator.ts'
import { readRun, versionWeights } from '../../runs/run-record.ts'
import { noteLatency } from '../../runs/tasks/note-latency.ts'
import { announcedUpdate, openTask, type TaskRow, taskClosed } from '../../runs/tasks/own-task.ts'
import { takeUpdate } from '../../runs/tasks/take-update.ts'
import { missingChunks, updateFile } from '../../runs/update-file.ts'
import { type Attempt, readAttempt } from '../../sums/attempt.ts'
import { isKnown, keepMessage, messageFor } from '../../sums/exchange.ts'

export function getCohort(context: HubContext): Handler<typeof hubEndpoints.getCohort, HubCallers> {
  return async ({ params: { task }, caller }) => {
    const row = await openTask(context, caller, task, 'train')
    const { attempt, state } = await readAttempt(context.database, row.run, row.round)
    const tasks = await context.database
      .selectFrom('task')
      .innerJoin('member', 'member.id', 'task.member')
      .innerJoin('data_card', 'data_card.id', 'task.card')
      .select(['member.name', 'data_card.signed'])
      .where('task.run', '=', row.run)
      .where('task.round', '=', row.round)
      .where('task.work', '=', 'train')
      .orderBy('task.opened', 'desc')
      .execute()
    const cardOf = (name: string) =>
      JSON.parse(tasks.find(other => other.name === name)!.signed) as SignedDataCard
    return { attempt, members: state.context.members.map(({ name }) => ({ name, card: cardOf(name) })) }
  }
}

export function getAggregationMessage(
  context: HubContext,
): Handler<typeof hubEndpoints.getAggregationMessage, HubCallers> {
  return async ({ params: { task }, query: { after, wait }, caller }) => {
    const until = performance.now() + wait * 1000
    for (;;) {
      const row = await openTask(context, caller, task, 'train')
      const { state } = await readAttempt(context.database, row.run, row.round)
      const message = messageFor(state, { after, name: caller.name })
      if (message) return { message }
      const left = until - performance.now()
      if (left <= 0 || !(await context.waiting.wait(`aggregation ${row.run}`, left))) return { message: null }
    }
  }
}

export function sendAggregationMessage(
  context: HubContext,
): Handler<typeof hubEndpoints.sendAggregationMessage, HubCallers> {
  return async ({ params: { task }, body: message, caller }) => {
    const row = await openTask(context, caller, task, 'train')
    const { name } = caller
    const attempt = await readAttempt(context.database, row.run, row.round)
    if (await isKnown(context, attempt, message, name)) return
    if (message.kind === 'masked-input') await checkMasked(context, row, attempt, message.digest)
    if (message.kind === 'advertisement') {
      const event = {
        kind: 'received',
        round: row.round,
        work: 'train',
        member: row.member as Id<'member'>,
      } as const
      const isTaken = await applyEvent(context, row.run, event, async transaction => {
        await keepMessage(transaction, attempt, message)
        await noteLatency(context, transaction, row)
      })
      if (!isTaken) throw taskClosed(await openTask(context, caller, task, 'train'))
    } else {
      await context.database.transaction().execute(async transaction => {
        await keepMessage(transaction, attempt, message)
        if (message.kind === 'masked-input')
          await takeUpdate(transaction, row, { update_digest: message.digest })
      })
    }
    context.pursue(row.run)
  }
}

async function checkMasked(
  context: HubContext,
  row: TaskRow,
  { state }: Attempt,
  digest: string,
): Promise<void> {
  const manifest = announcedUpdate(row)
  const { values, members } = state.context
  const bytes = packedBytes(values, ringBits(members.length))
  if (manifest.bytes !== bytes) {
    throw new Refusal('update-shape', `The masked update has ${manifest.bytes} bytes instead of ${bytes}`)
  }
  if (digestOfManifest(manifest) !== digest) {
    throw new Refusal('digest-mismatch', 'Another update was announced than the one that is signed')
  }
  const file = updateFile(row, manifest, await versionWeights(context.database, row.version))
  const missing = await missingChunks(context.blobs, file)
  if (missing.length > 0) throw new Refusal('state-conflict', `${missing.length} chunks have not arrived`)
}

/** How many bytes an update of this task has to have: those of the model, or of its masked values. */
export async function updateBytes(context: HubContext, row: TaskRow): Promise<number> {
  const { recipe } = await readRun(context.database, row.run)
  if (!recipe.privacy.secureAggregation) return (await versionWeights(context.database, row.version)).bytes
  const { values, members } = (await readAttempt(context.database, row.run, row.round)).state.context
  return packedBytes(values, ringBits(members.length))
}
