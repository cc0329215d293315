import assert from 'node:assert/strict'
import test from 'node:test'
import { hubEndpoints } from '@consort/protocol'
import { openNetwork } from './network.ts'
import { enrolByHand } from './raw-member.ts'

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
