import assert from 'node:assert/strict'
import { digestOfManifest, hubEndpoints } from '@consort/protocol'
import type { Network } from '../network.ts'

/** Awaits a run whose members hand in `updates` updates, none of them late or lost, and names its weights by digest. */
export async function weightsOfRun(network: Network, run: string, updates: number): Promise<string> {
  const view = await network.awaitRun(run)
  assert.equal(view.phase, 'done', view.reason)
  const outcomes = view.history.flatMap(round => round.members.map(member => member.outcome))
  assert.deepEqual(
    outcomes,
    Array.from({ length: updates }, () => 'received'),
  )
  const card = await network.operator(hubEndpoints.getModel, { params: { version: view.result! } })
  return digestOfManifest(card.weights)
}
