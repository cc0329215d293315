import assert from 'node:assert/strict'
import test from 'node:test'
import {
  type Caller,
  decodeTensors,
  digestOfBytes,
  hubEndpoints,
  parseRecipe,
  type RecipeInput,
  type Refusal,
  type RunView,
} from '@consort/protocol'
import { planModel } from '@consort/train'
import { type Network, openNetwork } from './network.ts'
import {
  dropOut,
  mute,
  openUnhurried,
  partners,
  recipeOf,
  roundWithinSeconds,
  secure,
  sent,
  tables,
} from './secure-sums.ts'

async function weightsOf({ operator }: Network, run: RunView): Promise<Float32Array> {
  const params = { version: run.result! }
  const { weights, recipe } = await operator(hubEndpoints.getModel, { params })
  const chunks: Uint8Array[] = []
  for (const { digest } of weights.chunks)
    chunks.push(await operator(hubEndpoints.getModelChunk, { params: { ...params, digest } }))
  return decodeTensors(planModel(recipe).layout, Buffer.concat(chunks))
}

test('the secure sum of four partners makes the model that their plain updates make, and no update is seen', async () => {
  const traffic: Buffer[] = []
  await using network = await openNetwork({ link: { onSent: bytes => traffic.push(bytes) } })
  await network.joinWithTables(tables)
  const runOf = async (
    privacy: RecipeInput['privacy'],
  ): Promise<{ weights: Float32Array; traffic: Buffer }> => {
    traffic.length = 0
    // In one batch of all records the order is of no matter, which no two secret runs have in common.
    const recipe = { ...recipeOf(privacy, { rounds: 1, localEpochs: 3 }), batchSize: 100 }
    const view = await network.awaitRun(await network.startRun(recipe))
    assert.equal(view.phase, 'done', view.reason)
    assert.deepEqual(sent(view, 1), partners)
    return { weights: await weightsOf(network, view), traffic: Buffer.concat(traffic) }
  }
  const plain = await runOf({})
  const masked = await runOf(secure)
  // Four roundings to 1/65535 of the range [−4, 4], each weighted by a share of at most 1, and one to a float.
  const step = (2 * 4) / 65_535
  for (const [index, weight] of plain.weights.entries())
    assert.ok(Math.abs(weight - masked.weights[index]!) <= 2 * step, `weight ${index}`)
  assert.notDeepEqual(masked.weights, plain.weights)

  // What a partner sends in the plain run begins with the name of a tensor; under masks no such thing is sent.
  const tensorName = Buffer.from('"output.weight"')
  const uploads = (bytes: Buffer): number => bytes.toString('latin1').split(tensorName.toString()).length - 1
  assert.ok(uploads(plain.traffic) > uploads(masked.traffic))
})

test('one of four may drop out; the sum is over the others, and what the sums tell together is reported', async () => {
  for (const kind of ['masked-input', 'opened-shares'] as const) await dropOut(kind)
})

/** While a sum is under way the run itself waits for nothing. */
const isInAnotherAttempt = ({ deadline }: RunView): boolean => deadline !== null

test('when two of four drop out nothing is learnt, and the run says so', async () => {
  const { network, clock, taken } = await openUnhurried()
  await using _ = network
  const lines = [mute('masked-input'), mute('masked-input')]
  for (const [index, line] of lines.entries()) {
    const name = partners[2 + index]!
    await network.stopNode(name)
    await network.startNode(name, line)
  }
  const run = await network.startRun(recipeOf(secure, { rounds: 1, roundWithinSeconds }))
  for (const attempt of [1, 2, 3]) {
    await taken('masked-input', 2 * attempt)
    clock.pass(roundWithinSeconds)
    if (attempt === 3) break
    await network.watchRun(run, isInAnotherAttempt)
    for (const line of lines) line.restore()
  }
  const view = await network.awaitRun(run)
  assert.equal(view.phase, 'failed')
  assert.match(
    view.reason,
    /after 3 attempts: Only 2 of 4 partners .* and 3 are needed.*nothing of it was learnt.*c, d/,
  )
})

test('a node that starts again in the middle of a sum goes on with what it has sent', async () => {
  await using network = await openNetwork()
  await network.joinWithTables(tables)
  for (const kind of ['masked-input', 'opened-shares'] as const) {
    const reached = Promise.withResolvers<void>()
    await network.stopNode('b')
    await network.startNode('b', mute(kind, { heard: reached.resolve }))
    const run = await network.startRun(recipeOf(secure, { rounds: 1 }))
    await reached.promise
    await network.stopNode('b')
    await network.startNode('b')
    const view = await network.awaitRun(run)
    assert.equal(view.phase, 'done', `${kind}: ${view.reason}`)
    assert.deepEqual(sent(view, 1), partners, kind)
  }
})

test('a hub killed between the stages of a sum goes on with it', async () => {
  await using network = await openNetwork()
  await network.joinWithTables(tables)
  await network.stopNode('b')
  const reached = Promise.withResolvers<void>()
  await network.startNode('b', mute('masked-input', { heard: reached.resolve }))
  const run = await network.startRun(recipeOf(secure, { rounds: 1 }))
  await reached.promise
  await network.restartHub()
  await network.stopNode('b')
  await network.startNode('b')
  const view = await network.awaitRun(run)
  assert.equal(view.phase, 'done', view.reason)
  assert.deepEqual(sent(view, 1), partners)
})

test('a node that is told of another cohort is left with masks that nobody else has', async () => {
  await using network = await openNetwork()
  await network.joinWithTables(tables)
  await network.stopNode('d')
  const forged = (call: Caller): Caller =>
    (async (endpoint, input, options) => {
      const answer = await call(endpoint, input as never, options)
      if ((endpoint as unknown) !== hubEndpoints.getCohort) return answer
      const { attempt, members } = answer as { attempt: number; members: unknown[] }
      return { attempt: attempt + 1, members }
    }) as Caller
  await network.startNode('d', { wrapCaller: forged })
  const view = await network.awaitRun(await network.startRun(recipeOf(secure, { rounds: 1 })))
  assert.equal(view.phase, 'done', view.reason)
  assert.deepEqual(sent(view, 1), ['a', 'b', 'c'])
  assert.ok(view.history[0]!.members.find(({ name }) => name === 'd')?.failure)
})

test('in strict mode a round is discarded rather than anyone isolated', async () => {
  const { network, clock, taken } = await openUnhurried()
  await using _ = network
  await network.stopNode('d')
  const line = mute('masked-input', { onceIn: 1 })
  await network.startNode('d', line)
  const strict = { secureAggregation: true, strict: true }
  const run = await network.startRun(recipeOf(strict, { rounds: 2, roundWithinSeconds }))
  await taken('masked-input', 3)
  clock.pass(roundWithinSeconds)
  await network.watchRun(run, isInAnotherAttempt)
  line.restore()
  const view = await network.awaitRun(run)
  assert.equal(view.phase, 'done', view.reason)
  assert.deepEqual([sent(view, 1), sent(view, 2)], [partners, partners])
  assert.deepEqual(view.exposures, [])
})

test('the hub takes no readable update in such a run, and no recipe asks it of three', async () => {
  assert.throws(() => parseRecipe(recipeOf(secure, { partnersMin: 3 })), { path: 'federation.partnersMin' })
  await using network = await openNetwork()
  await network.joinWithTables(tables)
  await network.stopNode('d')
  const refusals: unknown[] = []
  const baring = (call: Caller): Caller =>
    (async (endpoint, input, options) => {
      if ((endpoint as unknown) === hubEndpoints.getCohort) {
        const { params } = input as { params: { task: never } }
        const body = { update: digestOfBytes(Buffer.from('plain')), examples: tables.d }
        const manifest = { bytes: 1000, chunks: [{ digest: digestOfBytes(Buffer.from('x')), bytes: 1000 }] }
        for (const attempt of [
          () => call(hubEndpoints.offerUpdate, { params, body: manifest }),
          () => call(hubEndpoints.finishTraining, { params, body }),
        ])
          await attempt().catch(error => refusals.push((error as Refusal).code))
      }
      return await call(endpoint, input as never, options)
    }) as Caller
  await network.startNode('d', { wrapCaller: baring })
  const view = await network.awaitRun(await network.startRun(recipeOf(secure, { rounds: 1 })))
  assert.equal(view.phase, 'done', view.reason)
  assert.deepEqual(refusals.slice(0, 2), ['update-shape', 'state-conflict'])
})
