import assert from 'node:assert/strict'
import test from 'node:test'
import { hubEndpoints } from '@consort/protocol'
import { openNetwork } from './network.ts'
import { enrolByHand } from './raw-member.ts'
import { tableRecipe } from './table-data.ts'

test('a member that calls after the clock of the hub was set back is online, one that does not is not', async () => {
  let aheadMs = 3_600_000
  await using network = await openNetwork({ hubParts: { now: () => new Date(Date.now() + aheadMs) } })
  const [caller, quiet] = [await enrolByHand(network, 'caller'), await enrolByHand(network, 'quiet')]
  for (const { call } of [caller, quiet]) await call(hubEndpoints.getRoster)
  const online = async () => {
    const { members } = await network.operator(hubEndpoints.listMembers)
    return members.filter(member => member.online).map(({ name }) => name)
  }
  assert.deepEqual(await online(), ['caller', 'quiet'])
  aheadMs = 0
  await caller.call(hubEndpoints.getRoster)
  assert.deepEqual(await online(), ['caller'])
})

test('a run and its models that are made after the clock of the hub was set back are listed first', async () => {
  let aheadMs = 86_400_000
  await using network = await openNetwork({ hubParts: { now: () => new Date(Date.now() + aheadMs) } })
  await network.joinWithTables({ a: 60, b: 90 })
  const recipe = { ...tableRecipe, federation: { rounds: 1, roundWithinSeconds: 60 } } as const
  const first = await network.startRun(recipe)
  assert.equal((await network.awaitRun(first)).phase, 'done')
  aheadMs = 0
  const second = await network.startRun(recipe)
  const { result } = await network.awaitRun(second)
  const { runs } = await network.operator(hubEndpoints.listRuns)
  assert.deepEqual(
    runs.map(({ id }) => id),
    [second, first],
  )
  const { models } = await network.operator(hubEndpoints.listModels)
  assert.equal(models[0]?.id, result)
})
