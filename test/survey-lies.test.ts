import assert from 'node:assert/strict'
import test from 'node:test'
import { packedBytes, ringBits } from '@consort/privacy'
import {
  type Caller,
  type Digest,
  digestOfBytes,
  digestOfManifest,
  hubEndpoints,
  type MaskedInput,
  type MemberMessage,
  type Refusal,
  signDocument,
} from '@consort/protocol'
import { watchAnsweredCalls } from './answered-calls.ts'
import { openSlowClock } from './moved-clock.ts'
import type { Network } from './network.ts'
import { awaitSurvey, forbidSurveys, muteSurvey, openSurveyed, start } from './survey-network.ts'

const stepWithinSeconds = 50
const moments = { kind: 'moments', field: 'x', min: 0, max: 4096, steps: 4096 } as const

/**
 * A member that is honest in the first attempt, among five. In the second one, among four, where masked answers take
 * fewer bits, it announces the bytes of the first.
 */
function reusing(network: () => Network, name: string) {
  const codes: string[] = []
  let [first, values]: [Digest?, number?] = []
  const forgedOf = (bytes: number) => ({ bytes, chunks: [{ digest: first!, bytes }] })
  const wrapCaller = (call: Caller): Caller =>
    (async (endpoint, input, options) => {
      const which = endpoint as unknown
      const { body } = (input ?? {}) as { body?: unknown }
      if (which === hubEndpoints.putSurveyInput) {
        const bytes = body as Uint8Array
        if (first === undefined) {
          first = digestOfBytes(bytes)
          values = Math.floor((bytes.length * 8) / ringBits(5))
          return await call(endpoint, input as never, options)
        }
        if (digestOfBytes(bytes) !== first) return await announce(call, input as object)
      }
      const isInput =
        which === hubEndpoints.sendSurveyMessage && (body as MemberMessage).kind === 'masked-input'
      if (!isInput || codes.length === 0) return await call(endpoint, input as never, options)
      const digest = digestOfManifest(forgedOf(packedBytes(values!, ringBits(4))))
      const { kind, signature: _, ...said } = { ...(body as MaskedInput), digest }
      const { key } = network().identity(name)
      const signature = signDocument({ kind: 'secure-aggregation-input', ...said }, key).signature
      return await noting(() =>
        call(endpoint, { ...(input as object), body: { kind, ...said, signature } } as never),
      )
    }) as Caller
  /** The body of the first attempt: it is announced, and then refused for its length. */
  const announce = async (call: Caller, input: object): Promise<void> => {
    await noting(() => call(hubEndpoints.putSurveyInput, { ...input, body: kept! } as never)).catch(() => {})
  }
  let kept: Uint8Array | undefined
  const keeping = (call: Caller): Caller =>
    (async (endpoint, input, options) => {
      if ((endpoint as unknown) === hubEndpoints.putSurveyInput) kept ??= (input as { body: Uint8Array }).body
      return await call(endpoint, input as never, options)
    }) as Caller
  async function noting<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action()
    } catch (error) {
      codes.push((error as Refusal).code)
      throw error
    }
  }
  return { codes, wrapCaller: (call: Caller) => keeping(wrapCaller(call)) }
}

test('masked answers of another length, kept from an earlier attempt, are not taken for those of this one', async () => {
  const clock = openSlowClock()
  const watched = watchAnsweredCalls()
  const parts = { hubParts: { now: clock.now }, nodeParts: { wrapCaller: watched.wrapCaller } }
  await using network = await openSurveyed(['plane'], parts, ['a', 'b', 'c', 'd', 'e'])
  forbidSurveys(network, 'e')
  let isMended = false
  const heard = Promise.withResolvers<void>()
  await network.stopNode('c')
  await network.startNode('c', { wrapCaller: muteSurvey('masked-input', heard.resolve, () => isMended) })
  const liar = reusing(() => network, 'd')
  await network.stopNode('d')
  await network.startNode('d', { wrapCaller: call => liar.wrapCaller(watched.wrapCaller(call)) })

  const asked = await start(network, 'plane', { questions: [moments], stepWithinSeconds })
  await watched.taken('masked-input', 3)
  await heard.promise
  clock.pass(stepWithinSeconds)
  await watched.taken('advertisement', 6) // those of a, b and d again: the second attempt
  isMended = true
  const view = await awaitSurvey(network, asked)
  assert.equal(view.state, 'done', view.reason)
  assert.deepEqual(view.members, ['a', 'b', 'c'])
  assert.deepEqual(liar.codes, ['too-large', 'state-conflict'])
})
