import {
  advertiseKeys,
  findAttempt,
  isAnswered,
  maskInput,
  type Participant,
  shareKeys,
  signSurvivors,
  unmask,
} from '@consort/privacy'
import {
  digestOfManifest,
  type HubMessage,
  hubEndpoints,
  type Manifest,
  manifestOf,
  Refusal,
  sliceChunks,
  waitSecondsMax,
} from '@consort/protocol'
import type { NodeContext } from '../../context.ts'
import { retry } from '../retry.ts'
import type { AcceptedTask } from '../verify-task.ts'
import { sumContext } from './sum-context.ts'
import { keepState, keptStates } from './sum-state.ts'

export interface SumInput {
  /** How each weight moved in this round. Asked for once, when it is masked. */
  readonly update: () => Promise<Float32Array>
  /** Sends the masked bytes, of which the hub may have some already. */
  readonly upload: (manifest: Manifest) => Promise<void>
  readonly signal: AbortSignal
}

/**
 * Takes part in the secure sum of a round until it is over. Each state is kept before its message is sent, so that after any
 * interruption the same messages are sent again, and no question is answered twice. Throws `task-closed` when the hub
 * goes on without this node, or the sum is done.
 */
export async function joinSum(context: NodeContext, accepted: AcceptedTask, input: SumInput): Promise<void> {
  const { task } = accepted
  const params = { task: task.id }
  const { signal } = input
  const cohort = await patiently(() => context.call(hubEndpoints.getCohort, { params }, { signal }))
  const sum = await sumContext(context, accepted, cohort)
  let state = findAttempt(await keptStates(context, task.run), sum)
  if (!state) {
    const self = context.enrolment.name
    state = advertiseKeys(sum, { self, identity: context.key, entropy: context.entropy })
    await keepState(context, state)
  }
  for (;;) {
    const { message } = state
    if (state.stage === 'masked')
      await input.upload(await maskedManifest(context, task.id, state.message.digest))
    await patiently(() =>
      context.call(hubEndpoints.sendAggregationMessage, { params, body: message }, { signal }),
    )
    state = await next(context, accepted, { state, answerTo: await hubMessage(message.kind) }, input)
  }

  async function hubMessage(after: Participant['message']['kind']): Promise<HubMessage> {
    for (;;) {
      const query = { after, wait: waitSecondsMax }
      const timeoutMs = (waitSecondsMax + 10) * 1000
      const { message } = await patiently(() =>
        context.call(hubEndpoints.getAggregationMessage, { params, query }, { signal, timeoutMs }),
      )
      if (message) return message
    }
  }

  function patiently<T>(action: () => Promise<T>): Promise<T> {
    return retry(action, { signal, withinMs: task.withinMs })
  }
}

/** The state after a message of the hub, kept. */
async function next(
  context: NodeContext,
  { task }: AcceptedTask,
  { state, answerTo }: { state: Participant; answerTo: HubMessage },
  { update }: SumInput,
): Promise<Participant> {
  if (isAnswered(state, answerTo)) return state
  const identity = context.key
  if (state.stage === 'advertised' && answerTo.kind === 'key-list') {
    return await kept(shareKeys(state, answerTo, identity))
  }
  if (state.stage === 'shared' && answerTo.kind === 'share-delivery') {
    const masked = maskInput(state, answerTo, { update: await update(), beyond: 'clip', identity })
    const { bytes, clipped } = masked.values
    if (clipped > 0) context.log.warn({ run: task.run, round: task.round, clipped }, 'update-clipped')
    const chunks = sliceChunks(bytes)
    const manifest = manifestOf(bytes)
    for (const [index, chunk] of manifest.chunks.entries())
      await context.blobs.put(task.id, chunk, chunks[index]!)
    await keepState(context, masked.state, async transaction => {
      const text = JSON.stringify(manifest)
      await transaction.updateTable('work').set({ masked: text }).where('task', '=', task.id).execute()
    })
    return masked.state
  }
  if (state.stage === 'masked' && answerTo.kind === 'survivor-list') {
    return await kept(signSurvivors(state, answerTo, identity))
  }
  if (state.stage === 'consistent' && answerTo.kind === 'survivor-proof')
    return await kept(unmask(state, answerTo))
  throw new Refusal('state-conflict', `The hub sent a ${answerTo.kind} out of turn`)

  async function kept(after: Participant): Promise<Participant> {
    await keepState(context, after)
    return after
  }
}

/** The masked bytes as they were written down. */
async function maskedManifest({ database }: NodeContext, task: string, digest: string): Promise<Manifest> {
  const row = await database.selectFrom('work').select('masked').where('task', '=', task).executeTakeFirst()
  const manifest = row?.masked ? (JSON.parse(row.masked) as Manifest) : undefined
  if (manifest && digestOfManifest(manifest) === digest) return manifest
  throw new Refusal('state-conflict', 'The masked update of this round is no longer here')
}
