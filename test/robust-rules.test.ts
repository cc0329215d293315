import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { combineUpdates } from '@consort/federation'
import {
  type AggregationSpec,
  chunkBytes,
  createRandom,
  digestOfManifest,
  encodeTensors,
  hubEndpoints,
  type Manifest,
  manifestOf,
  parseRecipe,
  type RecipeInput,
  sliceChunks,
} from '@consort/protocol'
import { initialWeights, planModel } from '@consort/train'
import { type Network, openNetwork } from './network.ts'
import { enrolByHand, type RawMember, signByHand } from './raw-member.ts'
import { tableRecipe } from './table-data.ts'
import { wholeLog } from './whole-log.ts'

/** The hub reads updates chunk by chunk from its disk; the model here takes more than one. */
const recipeOf = (aggregation: AggregationSpec): RecipeInput => ({
  ...tableRecipe,
  model: {
    kind: 'mlp',
    layers: [
      { kind: 'dense', units: 1024, activation: 'tanh' },
      { kind: 'dense', units: 1100, activation: 'tanh' },
    ],
  },
  federation: { rounds: 2, partnersMin: 5, aggregation },
  evaluation: { every: 2 },
})

const names = ['a', 'b', 'c', 'd', 'e']
/** The one who sends a thousand times what the others do; not the last, so that an order by arrival would show. */
const attacker = 1
const plan = planModel(parseRecipe(recipeOf({ kind: 'median' })))
const start = initialWeights(plan, 1)
const updates = names.map((_, place) => {
  const random = createRandom(place)
  const scale = (place === attacker ? 1000 : 1) * 0.01
  return start.map(value => value + scale * (random.uniform() - 0.4))
})

async function send({ call, card }: RawMember, task: string, values: Float32Array): Promise<void> {
  const params = { task: task as never }
  const file = encodeTensors(plan.layout, values)
  const manifest = manifestOf(file)
  const { missing } = await call(hubEndpoints.offerUpdate, { params, body: manifest })
  for (const [index, { digest }] of manifest.chunks.entries()) {
    if (missing.includes(digest))
      await call(hubEndpoints.putChunk, { params: { ...params, digest }, body: sliceChunks(file)[index]! })
  }
  const body = { update: digestOfManifest(manifest), examples: card.trainExamples }
  await call(hubEndpoints.finishTraining, { params, body })
}

/** Five members by hand on a signed roster, all of them there. */
async function joinByHand(network: Network): Promise<RawMember[]> {
  const members: RawMember[] = []
  for (const name of names) members.push(await enrolByHand(network, name))
  for (const member of members) {
    await signByHand(member)
    await member.publishCard({ trainExamples: 10 * (members.indexOf(member) + 1) })
  }
  return members
}

/** Plays round 1 with the updates above, the last partner first, and returns what round 2 starts from. */
async function playRound(
  network: Network,
  members: readonly RawMember[],
  rule: AggregationSpec,
): Promise<{ run: string; weights: Manifest }> {
  for (const { call } of members) await call(hubEndpoints.nextTask, { query: { wait: 0 } })
  const run = await network.startRun(recipeOf(rule))
  const tasks = await Promise.all(members.map(member => member.nextTask()))
  for (const place of [4, 3, 2, 1, 0]) await send(members[place]!, tasks[place]!.id, updates[place]!)
  const next = await members[0]!.nextTask()
  assert.equal(next.round, 2)
  return { run, weights: next.weights }
}

async function inMemory(rule: AggregationSpec): Promise<{ manifest: Manifest; shares: readonly number[] }> {
  const round = {
    updates: names.map((name, place) => ({ name, share: (place + 1) / 15 })),
    chunkLengths: [start.length],
    readUpdate: async (place: number) => updates[place]!,
    readStart: async () => start,
  }
  const { chunks, shares } = await combineUpdates(round, rule)
  for await (const values of chunks)
    return { manifest: manifestOf(encodeTensors(plan.layout, values)), shares }
  throw new Error('no chunks')
}

const rules: AggregationSpec[] = [
  { kind: 'norm-bound' },
  { kind: 'median' },
  { kind: 'multi-krum', attackers: 1 },
]

test('the hub combines what lies on its disk as the rule says, bit for bit, and says what it held back', async () => {
  assert.ok(plan.layout.bytes > chunkBytes)
  await using network = await openNetwork()
  const members = await joinByHand(network)
  for (const rule of rules) {
    const { run, weights } = await playRound(network, members, rule)
    const expected = await inMemory(rule)
    assert.deepEqual(weights, expected.manifest, rule.kind)

    const entries = wholeLog(join(network.directory, 'hub', 'hub.sqlite')).map(text => JSON.parse(text))
    const { body } = entries.findLast(({ kind }) => kind === 'version-created')
    assert.deepEqual([body.run, body.rule], [run, rule.kind])
    assert.deepEqual(
      body.shares.map(({ member }: { member: string }) => member),
      members.map(({ id }) => id),
    )
    for (const [place, { weight, scale, score }] of body.shares.entries()) {
      assert.equal(weight, expected.shares[place])
      if (rule.kind === 'norm-bound') assert.equal(scale < 0.01, place === attacker)
      if (rule.kind === 'multi-krum') assert.equal(score > 1e3, place === attacker)
    }

    const view = await network.operator(hubEndpoints.getRun, { params: { run: run as never }, query: {} })
    const weightShown = view.history[0]!.members.find(({ name }) => name === names[attacker])!.weight
    assert.equal(weightShown === null, rule.kind === 'multi-krum')
    await network.operator(hubEndpoints.cancelRun, { params: { run: run as never } })
  }
})

test('a round that cannot have as many updates as its rule needs fails and says so; no other rule is taken instead', async () => {
  await using network = await openNetwork()
  const members = await joinByHand(network)
  for (const { call } of members) await call(hubEndpoints.nextTask, { query: { wait: 0 } })
  const run = await network.startRun(recipeOf({ kind: 'multi-krum', attackers: 1 }))
  const tasks = await Promise.all(members.map(member => member.nextTask()))
  const params = { task: tasks[4]!.id }
  await members[4]!.call(hubEndpoints.failTask, {
    params,
    body: { code: 'data-changed', reference: 'log-1' },
  })
  const view = await network.awaitRun(run)
  assert.equal(view.phase, 'failed')
  assert.match(view.reason, /cannot have the 5 updates it needs.*e: data-changed/)
})
