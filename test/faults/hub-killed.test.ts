import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { emptyChain, verifyEntries } from '@consort/agreements'
import { hubEndpoints, parseKeyPair } from '@consort/protocol'
import { type Network, openPrepared } from '../network.ts'
import { tableRecipe } from '../table-data.ts'
import { wholeLog } from '../whole-log.ts'
import { type KillableHub, startKillableHub } from './killable-hub.ts'
import { weightsOfRun } from './weights-of-run.ts'

const recipe = { ...tableRecipe, federation: { rounds: 2, roundWithinSeconds: 60 } } as const
/** Two partners, each in every round. */
const updates = 2 * recipe.federation.rounds
/** The campaign (`npm run test:long`) tries every step, this test every seventh. */
const stride = Number(process.env.CONSORT_TEST_STRIDE ?? 7)

async function openTwoPartners(): Promise<{ network: Network; hub: () => KillableHub }> {
  let hub: KillableHub | undefined
  const startHub = async (config: Parameters<typeof startKillableHub>[0]): Promise<KillableHub> => {
    hub = await startKillableHub(config)
    return hub
  }
  const network = await openPrepared(joined => joined.joinWithTables({ a: 60, b: 90 }), { startHub })
  return { network, hub: () => hub! }
}

test('a hub killed at any step of a run goes on to bit-equal weights, and its log holds', async context => {
  const { network, hub } = await openTwoPartners()
  await using _ = network
  const undisturbed = await weightsOfRun(network, await network.startRun(recipe), updates)
  await hub().dieAt(1e9)
  assert.equal(
    await weightsOfRun(network, await network.startRun(recipe), updates),
    undisturbed,
    'runs repeat',
  )
  const steps = await hub().steps()
  assert.ok(steps > 100, `a run has ${steps} steps`)
  const points = Array.from({ length: steps }, (_, index) => index + 1).filter(step => step % stride === 1)
  context.diagnostic(`${points.length} of ${steps} steps`)

  for (const step of points) {
    await hub().dieAt(step)
    const restarted = hub().died.then(() => network.restartHub())
    const body = { recipe: network.parse(recipe), idempotencyKey: `crash-at-${step}` }
    const create = () => network.operator(hubEndpoints.createRun, { body })
    const run = await create().catch(async error => {
      assert.equal(error.code, 'unreachable', `step ${step}`)
      await restarted
      return await create() // the answer was lost: asking again with the same key is safe
    })
    assert.equal(await weightsOfRun(network, run.id, updates), undisturbed, `killed at step ${step}`)
    await restarted
  }
  const { runs } = await network.operator(hubEndpoints.listRuns)
  assert.equal(runs.length, 2 + points.length, 'no run was opened twice')
  const owner = parseKeyPair(readFileSync(join(network.directory, 'hub', 'hub.key'), 'utf8')).publicKey
  verifyEntries(emptyChain(owner), wholeLog(join(network.directory, 'hub', 'hub.sqlite')))
})
