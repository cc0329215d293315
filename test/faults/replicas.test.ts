import assert from 'node:assert/strict'
import test from 'node:test'
import { emptyChain, verifyEntries } from '@consort/agreements'
import { hubEndpoints } from '@consort/protocol'
import { type EventTables, entriesAfter, openDatabase } from '@consort/storage'
import { engineMissing } from '@consort/storage/testing/engines'
import { type Network, openNetwork } from '../network.ts'
import { tableRecipe } from '../table-data.ts'
import { type ReplicatedHub, startReplicatedHub } from './replicated-hub.ts'
import { weightsOfRun } from './weights-of-run.ts'

const recipe = { ...tableRecipe, federation: { rounds: 3, roundWithinSeconds: 60 } } as const
/** Two partners, each in every round. */
const updates = 2 * recipe.federation.rounds

async function openReplicated(): Promise<{ network: Network; hub: ReplicatedHub }> {
  let hub: ReplicatedHub | undefined
  const network = await openNetwork({
    engine: 'postgres',
    startHub: async config => {
      hub = await startReplicatedHub(config, 2)
      return hub
    },
  })
  await network.joinWithTables({ a: 60, b: 90 })
  return { network, hub: hub! }
}

test('two replicas serve one hub; one is killed in mid-round, and the other ends the run with the same weights', {
  skip: engineMissing('postgres'),
}, async context => {
  const { network, hub } = await openReplicated()
  await using _ = network
  const [first, second] = hub.replicas
  const undisturbed = await weightsOfRun(network, await network.startRun(recipe), updates)
  await first!.dieAt(1e9)
  await second!.dieAt(1e9)
  assert.equal(await weightsOfRun(network, await network.startRun(recipe), updates), undisturbed)
  const steps = [await first!.steps(), await second!.steps()]
  context.diagnostic(`steps of a run at each replica: ${steps.join(' and ')}`)
  assert.ok(Math.min(...steps) > 5, 'both take part')

  await second!.dieAt(8) // if it takes that many steps in the first round; else it is killed after it
  const run = await startAgain(network, 'killed-in-mid-run')
  await network.awaitRun(run, view => view.history.length > 0)
  second!.process.kill('SIGKILL')
  await second!.died
  assert.equal(await weightsOfRun(network, run, updates), undisturbed)
  assert.equal(
    await weightsOfRun(network, await network.startRun(recipe), updates),
    undisturbed,
    'one goes on alone',
  )

  const database = openDatabase<EventTables>({ url: network.server!.urlOf('hub') })
  const entries = await entriesAfter(database, 0, 10_000)
  await database.destroy()
  const { key } = await network.operator(hubEndpoints.getHub)
  verifyEntries(emptyChain(key), entries)
  const opened = entries.filter(text => /"kind":"run-created"/.test(text))
  assert.equal(opened.length, 4, 'no run was opened twice')
})

/** Opens a run with a key, again if the answer was lost. */
async function startAgain(network: Network, idempotencyKey: string): Promise<string> {
  const body = { recipe: network.parse(recipe), idempotencyKey }
  for (;;) {
    const run = await network.operator(hubEndpoints.createRun, { body }).catch(error => {
      if (error.code !== 'unreachable') throw error
    })
    if (run) return run.id
  }
}
