import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { digestOfManifest, hubEndpoints } from '@consort/protocol'
import { engineMissing } from '@consort/storage/testing/engines'
import { type Network, openNetwork } from '../network.ts'
import { tableRecipe } from '../table-data.ts'

const recipe = { ...tableRecipe, federation: { rounds: 4, roundWithinSeconds: 120 } } as const

test('a database that is lost in mid-round and comes back costs a run some time, and not a bit', {
  skip: engineMissing('postgres'),
}, async () => {
  await using network = await openNetwork({ engine: 'postgres' })
  await network.joinWithTables({ a: 60, b: 90 })
  const undisturbed = await weightsOfRun(network, await network.startRun(recipe))

  const run = await network.startRun(recipe)
  await network.awaitRun(run, view => view.history.length > 0)
  await network.server!.kill()
  const away = await network.operator(hubEndpoints.listRuns).catch(error => error)
  assert.deepEqual([away.code, away.retryAfterSeconds], ['busy', 1], 'the hub says what is so')
  await sleep(1500) // some polls and looks fail meanwhile; nothing hangs on how many
  await network.server!.start()
  assert.equal(await weightsOfRun(network, run), undisturbed)
})

async function weightsOfRun(network: Network, run: string): Promise<string> {
  const view = await network.awaitRun(run)
  assert.equal(view.phase, 'done', view.reason)
  const outcomes = view.history.flatMap(round => round.members.map(member => member.outcome))
  assert.deepEqual(new Set(outcomes), new Set(['received']))
  const card = await network.operator(hubEndpoints.getModel, { params: { version: view.result! } })
  return digestOfManifest(card.weights)
}
