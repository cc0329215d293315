import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { type Caller, type Endpoint, hubEndpoints, nodeEndpoints, Refusal } from '@consort/protocol'
import {
  type Asking,
  holderOf,
  joinPartners,
  putTriage,
  review,
  termsFor,
  trainModel,
  unwatched,
} from './asking.ts'
import { type Network, openNetwork } from './network.ts'
import { writeTable } from './table-data.ts'

/** What a person waits for the hub at the most: a call that waits no longer runs out of patience at once. */
const personWaitsMs = 5000

/** A hub that answers nothing until it is released, and then everything that was asked meanwhile. */
function heldHub() {
  let isHeld = false
  let release = Promise.withResolvers<void>()
  const answered = new Map<Endpoint, PromiseWithResolvers<void>>()
  const wrapCaller = (call: Caller): Caller =>
    (async (endpoint, input, options) => {
      const isHasty = (options?.timeoutMs ?? Infinity) <= personWaitsMs
      if (isHeld && isHasty) throw new Refusal('unreachable', 'held')
      if (isHeld) await Promise.race([release.promise, abortOf(options?.signal)])
      const result = await call(endpoint, input as never, options)
      answered.get(endpoint as Endpoint)?.resolve()
      return result
    }) as Caller
  return {
    wrapCaller,
    hold() {
      isHeld = true
    },
    release() {
      isHeld = false
      release.resolve()
      release = Promise.withResolvers()
    },
    /** Once a call to this endpoint is answered. */
    answers(endpoint: Endpoint): Promise<void> {
      const waiting = Promise.withResolvers<void>()
      answered.set(endpoint, waiting)
      return waiting.promise
    },
  }
}

async function abortOf(signal: AbortSignal | undefined): Promise<void> {
  await new Promise(resolve => signal?.addEventListener('abort', resolve, { once: true }))
  signal?.throwIfAborted()
}

/** Node a asks a hub that can be held. */
async function openHeld(network: Network) {
  const hub = heldHub()
  await network.stopNode('a')
  await network.startNode('a', { wrapCaller: hub.wrapCaller })
  return hub
}

const listed = async (network: Network, dataset = 'plane') =>
  (await network.callNode('a')(nodeEndpoints.listDatasets)).datasets.find(
    ({ card }) => card.dataset === dataset,
  )!

const knownToHub = async (network: Network): Promise<number> => {
  const { members } = await network.operator(hubEndpoints.listMembers)
  return members.find(({ name }) => name === 'a')!.datasets[0]!.trainExamples
}

/** Experts answer cases until one of them has joined the training records. */
async function reviewUntilGrown(network: Network, { ask, expert }: Asking): Promise<number> {
  const before = (await listed(network)).card.trainExamples
  const call = holderOf(network, 'a', expert.key)
  for (let index = 0; index < 100; index++) {
    const { id, state } = await ask({ x: 0.02 + index / 10_000, y: 0.01 })
    if (state !== 'deferred') continue
    await review(call, id, 'ill')
    const { card } = await listed(network)
    if (card.trainExamples > before) return card.trainExamples
  }
  throw new Error('no case has the role of training')
}

test('an expert’s final click waits for nothing of the hub, which learns of the card and the answer once it is back', async () => {
  await using network = await openNetwork()
  await joinPartners(network)
  await network.agree(termsFor(['a', 'b']))
  const version = await trainModel(network)
  const hub = await openHeld(network)
  const asking = await putTriage(network, version)
  const before = await knownToHub(network)

  hub.hold()
  const grown = await reviewUntilGrown(network, asking)
  assert.deepEqual([(await listed(network)).published, await knownToHub(network)], [false, before])

  const arrived = [hubEndpoints.putDataCard, hubEndpoints.putUsage].map(hub.answers)
  hub.release()
  await Promise.all(arrived)
  assert.equal(await knownToHub(network), grown)
})

test('agents, feedback, keys, cases and a new data set wait for nothing of the hub either', async () => {
  await using network = await openNetwork()
  await joinPartners(network)
  const version = await trainModel(network)
  const hub = await openHeld(network)
  const { ask, application, agent } = await putTriage(network, version)
  const operator = network.callNode('a')

  hub.hold()
  const { dataset, alpha, delta } = agent
  const body = { version, dataset, alpha, delta: delta / 2, ...unwatched }
  const put = await operator(nodeEndpoints.putAgent, { params: { agent: 'triage' }, body })
  assert.equal(put.delta, delta / 2)
  const sure = await ask({ x: 3, y: -1.5 })
  assert.equal(sure.state, 'answered')
  const call = holderOf(network, 'a', application.key)
  const feedback = { params: { case: sure.id }, body: { verdict: 'right' as const } }
  assert.equal((await call(nodeEndpoints.giveFeedback, feedback)).verdict, 'right')
  const key = await operator(nodeEndpoints.createAccessKey, { body: { name: 'bob', holder: 'expert' } })
  await operator(nodeEndpoints.revokeAccessKey, { params: { name: key.name } })

  const path = join(network.directory, 'more.csv')
  writeTable(path, { rows: 100, seed: 5 })
  await network.addDataset('a', { dataset: 'more', source: { kind: 'csv', path, label: 'state' } })
  assert.equal((await listed(network, 'more')).published, false)
  assert.equal((await operator(nodeEndpoints.showBudgets)).books, 'hub-unreachable')
  for (const look of [nodeEndpoints.showRoster, nodeEndpoints.showAgreement])
    await assert.rejects(operator(look), { code: 'unreachable' })

  const arrived = hub.answers(hubEndpoints.putDataCard)
  hub.release()
  await arrived
})
