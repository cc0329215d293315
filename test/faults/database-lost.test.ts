import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { hubEndpoints, nodeEndpoints } from '@consort/protocol'
import { engineMissing } from '@consort/storage/testing/engines'
import { openNetwork } from '../network.ts'
import { tableRecipe } from '../table-data.ts'
import { weightsOfRun } from './weights-of-run.ts'

const recipe = { ...tableRecipe, federation: { rounds: 4, roundWithinSeconds: 120 } } as const
/** Two partners, each in every round. */
const updates = 2 * recipe.federation.rounds

test('a database that is lost in mid-round and comes back costs a run some time, and not a bit', {
  skip: engineMissing('postgres'),
}, async () => {
  await using network = await openNetwork({ engine: 'postgres' })
  await network.joinWithTables({ a: 60, b: 90 })
  const undisturbed = await weightsOfRun(network, await network.startRun(recipe), updates)

  const run = await network.startRun(recipe)
  await network.awaitRun(run, view => view.history.length > 0)
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
  await using network = await openNetwork({ engine: 'postgres' })
  await network.joinWithTables({ a: 60, b: 90 })
  const undisturbed = await weightsOfRun(network, await network.startRun(recipe), updates)

  const run = await network.startRun(recipe)
  await network.awaitRun(run, view => view.history.length > 0)
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
