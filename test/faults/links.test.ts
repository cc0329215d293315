import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OpenNodeEngine } from '@consort/node'
import {
  type Caller,
  digestOfManifest,
  encodeTensors,
  hubEndpoints,
  manifestOf,
  parseRecipe,
  type RecipeInput,
  Refusal,
} from '@consort/protocol'
import { initialWeights, planModel } from '@consort/train'
import { type Network, openNetwork } from '../network.ts'
import { tableRecipe } from '../table-data.ts'

async function waitFor(what: string, holds: () => boolean): Promise<void> {
  const giveUp = performance.now() + 120_000
  while (!holds()) {
    assert.ok(performance.now() < giveUp, `waited two minutes for ${what}`)
    await sleep(20)
  }
}

async function resultDigest(network: Network, run: string): Promise<string> {
  const view = await network.awaitRun(run)
  assert.equal(view.phase, 'done', view.reason)
  return digestOfManifest(
    (await network.operator(hubEndpoints.getModel, { params: { version: view.result! } })).weights,
  )
}

test('nodes behind a proxy that cuts silent connections poll within its patience, and rounds go on', async () => {
  let uncut = 0
  const counting = (call: Caller): Caller =>
    (async (endpoint, input, options) => {
      const isPoll = (endpoint as unknown) === hubEndpoints.nextTask
      try {
        const answer = await call(endpoint, input as never, options)
        if (isPoll) uncut += 1
        return answer
      } catch (error) {
        if (isPoll) uncut = 0
        throw error
      }
    }) as Caller
  await using network = await openNetwork({
    link: { idleCutMs: 2500 },
    nodeParts: { wrapCaller: counting },
  })
  await network.joinWithTables({ a: 60, b: 90 })
  await waitFor('the first long polls to be cut', () => network.link!.cuts() >= 2)
  const run = await network.awaitRun(await network.startRun(tableRecipe))
  assert.equal(run.phase, 'done', run.reason)
  uncut = 0
  await waitFor('polls that end before the proxy loses patience', () => uncut >= 6)
})

test('a hub that is away for a while is found again by itself', async () => {
  await using network = await openNetwork()
  await network.joinWithTables({ a: 60, b: 90 })
  const before = await resultDigest(network, await network.startRun(tableRecipe))
  const run = await network.startRun({ ...tableRecipe, federation: { rounds: 6 } })
  await network.awaitRun(run, view => view.round >= 2)
  await network.restartHub()
  assert.equal((await network.awaitRun(run)).phase, 'done')
  assert.equal(await resultDigest(network, await network.startRun(tableRecipe)), before)
})

/** Repeatable chance. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return sides => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    return ((state ^ (state >>> 12)) >>> 0) % sides
  }
}

/** Sends calls twice, late, and loses answers that were given. */
function unreliable(call: Caller, roll: (sides: number) => number): Caller {
  return (async (endpoint, ...rest) => {
    await sleep(roll(20))
    const duplicate = roll(4) === 0 ? call(endpoint, ...rest).catch(() => {}) : undefined
    const answer = await call(endpoint, ...rest)
    await duplicate
    if (roll(6) === 0) throw new Refusal('unreachable', 'the answer was lost')
    return answer
  }) as Caller
}

for (const seed of [1, 2, 3]) {
  test(`calls that come twice, late and out of order, and answers that get lost (seed ${seed}), change no bit`, async () => {
    await using network = await openNetwork()
    await network.joinWithTables({ a: 60, b: 90 })
    const quiet = await resultDigest(network, await network.startRun(tableRecipe))
    for (const [index, name] of ['a', 'b'].entries()) {
      await network.stopNode(name)
      const roll = dice(seed * 100 + index)
      await network.startNode(name, { wrapCaller: call => unreliable(call, roll) })
    }
    assert.equal(await resultDigest(network, await network.startRun(tableRecipe)), quiet)
  })
}

/** A model of `megabytes`, and an engine that makes its update without training. */
function largeModel(megabytes: number): {
  recipe: RecipeInput
  openEngine: OpenNodeEngine
  bytes: number
  digest: string
} {
  const units = Math.round(Math.sqrt((megabytes * 1e6) / 4))
  const recipe = {
    ...tableRecipe,
    name: 'large',
    model: {
      kind: 'mlp',
      layers: [
        { kind: 'dense', units },
        { kind: 'dense', units },
      ],
    },
    federation: { rounds: 1, partnersMin: 1, roundWithinSeconds: 600 },
  } as const satisfies RecipeInput
  const plan = planModel(parseRecipe(recipe))
  const update = initialWeights(plan, 99)
  const { layout } = plan
  const openEngine: OpenNodeEngine = async ({ data }) => ({
    train: async () => ({ weights: update, examples: data.train.count, loss: 1, steps: 0 }),
    evaluate: async () => ({ examples: data.evaluation.count, values: { loss: 1 } }),
    async [Symbol.asyncDispose]() {},
  })
  const file = encodeTensors(layout, update)
  return { recipe, openEngine, bytes: file.length, digest: digestOfManifest(manifestOf(file)) }
}

const megabytes = Number(process.env.CONSORT_TEST_MEGABYTES ?? 40)

test(`an update of ${megabytes} MB arrives over a link that is cut every second, each part sent about once`, async context => {
  const { recipe, openEngine, bytes, digest } = largeModel(megabytes)
  await using network = await openNetwork({ link: { cutAfterMs: 1000, bytesPerSecond: 40e6 } })
  await network.joinWithTables({ a: 60 })
  await network.stopNode('a')
  await network.startNode('a', { openEngine })
  const before = network.link!.sent()
  assert.equal(await resultDigest(network, await network.startRun(recipe)), digest)
  const sent = network.link!.sent() - before
  context.diagnostic(
    `${(sent / bytes).toFixed(2)} × the update went over the link, which was cut ${network.link!.cuts()} times`,
  )
  assert.ok(network.link!.cuts() >= 2, 'the link was cut')
  assert.ok(sent < 2.5 * bytes, `${sent} bytes were sent for ${bytes}`)
})
