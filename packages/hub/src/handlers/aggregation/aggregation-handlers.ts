import {
  type Aggregator,
  deliveryTo,
  digestOfContext,
  keyListOf,
  packedBytes,
  ringBits,
} from '@consort/privacy'
import {
  canonicalJson,
  digestOfManifest,
  type HubMessage,
  type hubEndpoints,
  type Id,
  type MemberMessage,
  Refusal,
  type SignedDataCard,
} from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { HubCaller, HubContext, HubTransaction, MemberCaller } from '../../context.ts'
import { applyEvent } from '../../runs/coordinator.ts'
import { readRun, versionWeights } from '../../runs/run-record.ts'
import { type Attempt, collects, isCollecting, readAttempt, withMessage } from '../../runs/secure/attempt.ts'
import { missingChunks, updateFile } from '../../runs/update-file.ts'
import { noteLatency } from '../tasks/note-latency.ts'
import { announcedUpdate, openTask, type TaskRow, taskClosed } from '../tasks/own-task.ts'

export function getCohort(context: HubContext): Handler<typeof hubEndpoints.getCohort, HubCaller> {
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
): Handler<typeof hubEndpoints.getAggregationMessage, HubCaller> {
  return async ({ params: { task }, query: { after, wait }, caller }) => {
    const until = performance.now() + wait * 1000
    for (;;) {
      const row = await openTask(context, caller, task, 'train')
      const { state } = await readAttempt(context.database, row.run, row.round)
      const message = messageFor(state, { after, name: (caller as MemberCaller).name })
      if (message) return { message }
      const left = until - performance.now()
      if (left <= 0 || !(await context.waiting.wait(`aggregation ${row.run}`, left))) return { message: null }
    }
  }
}

/** What follows a member's own last message; nothing until all others have sent theirs, or time is up. */
function messageFor(
  state: Aggregator,
  { after, name }: { after: MemberMessage['kind']; name: string },
): HubMessage | undefined {
  if (state.stage === 'collecting-shares' && after === 'advertisement') return keyListOf(state)
  if (state.stage === 'collecting-inputs' && after === 'dealt-shares') return deliveryTo(name, state)
  if (state.stage === 'collecting-signatures' && after === 'masked-input') return state.list
  if (state.stage === 'collecting-openings' && after === 'survivor-signature') return state.proof
  return undefined
}

export function sendAggregationMessage(
  context: HubContext,
): Handler<typeof hubEndpoints.sendAggregationMessage, HubCaller> {
  return async ({ params: { task }, body: message, caller }) => {
    const row = await openTask(context, caller, task, 'train')
    const { name } = caller as MemberCaller
    if (message.member !== name)
      throw new Refusal('not-allowed', `The message is signed for ${message.member}`)
    const attempt = await readAttempt(context.database, row.run, row.round)
    if (message.context !== digestOfContext(attempt.state.context)) {
      throw new Refusal(
        'digest-mismatch',
        'The message belongs to another round or attempt, or to other terms of it',
      )
    }
    if (await isKept(context, attempt, message)) return
    withMessage(attempt.state, message) // throws the refusal of a bad one
    if (message.kind === 'masked-input') await checkMasked(context, row, attempt, message.digest)
    if (message.kind === 'advertisement') {
      const event = {
        kind: 'received',
        round: row.round,
        work: 'train',
        member: row.member as Id<'member'>,
      } as const
      const isTaken = await applyEvent(context, row.run, event, async transaction => {
        await keepMessage(context, transaction, attempt, message)
        await noteLatency(context, transaction, row)
      })
      if (!isTaken) throw taskClosed(await openTask(context, caller, task, 'train'))
    } else {
      await context.database
        .transaction()
        .execute(transaction => keepMessage(context, transaction, attempt, message))
    }
    context.pursue(row.run)
  }
}

/** True when this very message was taken before. Throws `state-conflict` for another one of its kind. */
async function isKept(
  { database }: HubContext,
  { run, round, attempt }: Attempt,
  message: MemberMessage,
): Promise<boolean> {
  const row = await database
    .selectFrom('aggregation_message')
    .select('message')
    .where('run', '=', run)
    .where('round', '=', round)
    .where('attempt', '=', attempt)
    .where('kind', '=', message.kind)
    .where('member', '=', message.member)
    .executeTakeFirst()
  if (!row) return false
  if (canonicalJson(JSON.parse(row.message)) === canonicalJson(message)) return true
  throw new Refusal(
    'state-conflict',
    `Another message of the kind ${message.kind} was taken from ${message.member}`,
  )
}

/** The stage must still be the one that collects it when it is kept. */
async function keepMessage(
  _: HubContext,
  transaction: HubTransaction,
  { run, round, attempt }: Attempt,
  message: MemberMessage,
): Promise<void> {
  const { state } = await readAttempt(transaction, run, round)
  if (!isCollecting(state) || collects[state.stage] !== message.kind) {
    throw new Refusal('state-conflict', `The sum no longer waits for a message of the kind ${message.kind}`)
  }
  await transaction
    .insertInto('aggregation_message')
    .values({
      run,
      round,
      attempt,
      kind: message.kind,
      member: message.member,
      message: JSON.stringify(message),
    })
    .onConflict(conflict => conflict.doNothing())
    .execute()
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
