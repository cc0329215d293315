import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { hubEndpoints, nodeEndpoints } from '@consort/protocol'
import { engineMissing } from '@consort/storage/testing/engines'
import { type Network, openPrepared } from '../network.ts'
import { tableRecipe } from '../table-data.ts'
import { weightsOfRun } from './weights-of-run.ts'

const recipe = { ...tableRecipe, federation: { rounds: 4, roundWithinSeconds: 120 } } as const
/** Two partners, each in every round. */
const updates = 2 * recipe.federation.rounds

/** A consortium on a server in the middle of a run, and the weights that an undisturbed run has made. */
async function openInMidRound() {
  let [undisturbed, run] = ['', '']
  const prepare = async (opened: Network): Promise<void> => {
    await opened.joinWithTables({ a: 60, b: 90 })
    undisturbed = await weightsOfRun(opened, await opened.startRun(recipe), updates)
    run = await opened.startRun(recipe)
    await opened.awaitRun(run, view => view.history.length > 0)
  }
  const network = await openPrepared(prepare, { engine: 'postgres' })
  return { network, undisturbed, run }
}

test('a database that is lost in mid-round and comes back costs a run some time, and not a bit', {
  skip: engineMissing('postgres'),
}, async () => {
  const { network, undisturbed, run } = await openInMidRound()
  await using _ = network
  await network.server!.kill()
  const away = await network.operator(hubEndpoints.listRuns).catch(error => error)
  assert.deepEqual([away.code, away.retryAfterSeconds], ['busy', 1], 'the hub says what is so')
  await sleep(1500) // some polls and looks fail meanwhile; nothing hangs on how many
  await network.server!.start()
  assert.equal(await weightsOfRun(network, run, updates), undisturbed)
})

test('a database that falls silent in mid-round is away after some seconds, and the run goes on when it speaks', {
  skip: engineMissing('postgres'),
}, async () => {
  const { network, undisturbed, run } = await openInMidRound()
  await using _ = network
  network.server!.pause()
  const calls = [
    network.operator(hubEndpoints.listRuns),
    network.callNode('a')(nodeEndpoints.listDatasets),
  ] as const
  const away = await Promise.all(calls.map(call => Promise.resolve(call).catch(error => error)))
  network.server!.resume()
  for (const { code, retryAfterSeconds } of away) assert.deepEqual([code, retryAfterSeconds], ['busy', 1])
  assert.equal(await weightsOfRun(network, run, updates), undisturbed)
})
