import {
  advertiseKeys,
  isAnswered,
  maskInput,
  type Participant,
  type RoundContext,
  shareKeys,
  signSurvivors,
  unmask,
} from '@consort/privacy'
import {
  digestOfManifest,
  type HubMessage,
  type Id,
  type Manifest,
  manifestOf,
  Refusal,
  sliceChunks,
  waitSecondsMax,
} from '@consort/protocol'
import type { PollWait } from '../hub/long-poll.ts'
import { retry } from '../hub/retry.ts'
import { ownAttempt } from './own-attempt.ts'
import type { SumParticipation } from './sum-participation.ts'
import { keepState } from './sum-state.ts'
import { statesOfRun } from './sum-store.ts'
import { findWork, keepMasked } from './work-store.ts'

/** How a node takes part in one sum: by a task of a run, or by a survey. */
export interface SumTransport {
  /** Names the work whose masked bytes are kept. */
  readonly work: Id<'task'> | Id<'survey'>
  /** Whose earlier attempts count. */
  readonly run: string
  readonly withinMs: number
  /** What this node masks for, made from what it has itself checked. */
  readonly context: () => Promise<RoundContext>
  readonly send: (message: Participant['message']) => Promise<void>
  /** The hub's next message after this node's own; null while there is none. */
  readonly receive: (after: Participant['message'], wait: PollWait) => Promise<HubMessage | null>
  /** Throws the refusal of a list that this node does not sign. */
  readonly checkSurvivors?: (survivors: readonly string[]) => Promise<void>
  /** The values to be summed. Asked for once, when they are masked. */
  readonly update: () => Promise<Float32Array>
  /** Sends the masked bytes, of which the hub may have some already. */
  readonly upload: (manifest: Manifest) => Promise<void>
}

/**
 * Takes part in a secure sum until it is over. Each state is kept before its message is sent, so that after any
 * interruption the same messages are sent again, and no question is answered twice. Throws `task-closed` when the hub
 * goes on without this node, or the sum is done.
 */
export async function joinSum(
  context: SumParticipation,
  transport: SumTransport,
  signal: AbortSignal,
): Promise<never> {
  const sum = await patiently(transport.context)
  let state = ownAttempt(await statesOfRun(context.database, transport.run), sum)
  if (!state) {
    const self = context.enrolment.name
    state = advertiseKeys(sum, { self, identity: context.key, entropy: context.entropy })
    await keepState(context, state)
  }
  for (;;) {
    const { message } = state
    if (state.stage === 'masked')
      await transport.upload(await maskedManifest(context, transport.work, state.message.digest))
    await patiently(() => transport.send(message))
    state = await next(context, transport, { state, answerTo: await hubMessage(message) })
  }

  async function hubMessage(after: Participant['message']): Promise<HubMessage> {
    const wait = { waitSeconds: waitSecondsMax, timeoutMs: (waitSecondsMax + 10) * 1000 }
    for (;;) {
      const message = await patiently(() => transport.receive(after, wait))
      if (message) return message
    }
  }

  function patiently<T>(action: () => Promise<T>): Promise<T> {
    return retry(action, { signal, withinMs: transport.withinMs })
  }
}

/** The state after a message of the hub, kept. */
async function next(
  context: SumParticipation,
  transport: SumTransport,
  { state, answerTo }: { state: Participant; answerTo: HubMessage },
): Promise<Participant> {
  if (isAnswered(state, answerTo)) return state
  const identity = context.key
  if (state.stage === 'advertised' && answerTo.kind === 'key-list') {
    return await kept(shareKeys(state, answerTo, identity))
  }
  if (state.stage === 'shared' && answerTo.kind === 'share-delivery') {
    const masked = maskInput(state, answerTo, { update: await transport.update(), beyond: 'clip', identity })
    const { bytes, clipped } = masked.values
    if (clipped > 0)
      context.log.warn({ run: transport.run, round: state.context.round, clipped }, 'update-clipped')
    const chunks = sliceChunks(bytes)
    const manifest = manifestOf(bytes)
    for (const [index, chunk] of manifest.chunks.entries())
      await context.blobs.put(transport.work, chunk, chunks[index]!)
    await keepState(context, masked.state, transaction => keepMasked(transaction, transport.work, manifest))
    return masked.state
  }
  if (state.stage === 'masked' && answerTo.kind === 'survivor-list') {
    await transport.checkSurvivors?.(answerTo.survivors)
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
async function maskedManifest(
  { database }: Pick<SumParticipation, 'database'>,
  work: SumTransport['work'],
  digest: string,
): Promise<Manifest> {
  const manifest = (await findWork(database, work))?.masked
  if (manifest && digestOfManifest(manifest) === digest) return manifest
  throw new Refusal('state-conflict', 'The masked update of this round is no longer here')
}
