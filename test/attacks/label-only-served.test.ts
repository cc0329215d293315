import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import { areaOf, errorOfChance, gapScores, mean, noiseScores, overfitted, size } from '@consort/attacks'
import { nodeEndpoints, refusalStatus } from '@consort/protocol'
import { holderOf } from '../asking.ts'
import { openServiceKey } from '../service-keys.ts'
import { askServed, NotAnswered, type ServedTable, serveTable } from './served-labels.ts'

/** The attack as an application would make it: with a key, over HTTP, on an agent that a node serves. */
let served: ServedTable
const small = { count: 120, width: size.width }
const noise = { copies: 7, deviation: 0.2, seed: 1 }
before(async () => {
  served = await serveTable(overfitted, { ...small, seed: 4 })
})
after(() => served[Symbol.asyncDispose]())

test('a key without a budget finds members by labels alone, though the gate is closed', async () => {
  const { network, candidates, isIn } = served
  const { agents } = await network.callNode('a')(nodeEndpoints.listAgents)
  assert.equal(agents[0]!.gate.kind, 'closed')
  const { key, account } = await openServiceKey(network)
  const scores = await noiseScores(candidates, askServed(served, key), noise)
  const chance = 0.5 + 3 * errorOfChance(1, small.count)
  assert.ok(areaOf(scores, isIn) > chance + 0.05, `${areaOf(scores, isIn)}`)
  const others = isIn.toSorted() // planted: the membership of other records
  assert.ok(areaOf(scores, others) < chance, `${areaOf(scores, others)}`)
  assert.deepEqual((await account()).queries, { spent: (noise.copies + 1) * small.count, held: 0 })
})

test('a budget of one question a record stops it there; spent on fewer records, it finds less than the gap attack', async () => {
  const { network, candidates, isIn } = served
  const { key, account } = await openServiceKey(network, { queriesPerMonth: small.count })
  const ask = askServed(served, key)
  const gap = await gapScores(candidates, ask)
  const spent = (error: unknown) =>
    error instanceof NotAnswered && error.status === refusalStatus['budget-spent']
  await assert.rejects(noiseScores(candidates, ask, noise), spent)
  await assert.rejects(ask(candidates.inputs.slice(0, size.width), 1), spent, 'nor a single one')
  const cells = Object.fromEntries([...candidates.inputs.slice(0, size.width)].map((x, at) => [`f${at}`, x]))
  const body = { record: { kind: 'row', cells }, idempotencyKey: crypto.randomUUID() } as const
  const natively = holderOf(network, 'a', key)(nodeEndpoints.askAgent, { params: { agent: 'triage' }, body })
  await assert.rejects(natively, { code: 'budget-spent' })
  assert.deepEqual((await account()).queries, { spent: small.count, held: 0 })

  const free = askServed(served, (await openServiceKey(network)).key)
  for (const each of [2, 8]) {
    const scores = await noiseScores(candidates, free, { ...noise, copies: each - 1 })
    // Of every group of records alone, which is what so many questions are enough for; of the others nothing is known.
    const unknown = typical(scores)
    const areas = Array.from({ length: each }, (_, group) =>
      areaOf(
        scores.map((score, record) => (record % each === group ? score : unknown)),
        isIn,
      ),
    )
    assert.ok(mean(areas) < areaOf(gap, isIn), `${each} questions each: ${mean(areas)}`)
  }
})

/** In the middle of what is known, for records of which nothing is. */
function typical(scores: Float64Array): number {
  return scores.toSorted()[Math.floor(scores.length / 2)]! - 1e-9
}
