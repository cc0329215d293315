import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { nodeEndpoints, type RecipeInput } from '@consort/protocol'
import { openNetwork } from '../network.ts'
import { tableRecipe } from '../table-data.ts'
import { type Replays, replayTask } from './replaying-hub.ts'

const times = 6
const plain: RecipeInput = { ...tableRecipe, federation: { rounds: 1, roundWithinSeconds: 600 } }
const noisy: RecipeInput = {
  ...plain,
  privacy: { differentialPrivacy: { clip: 1, noiseMultiplier: 2 } },
}

/** One round of two partners; the hub then gives a's task to it six times more. */
async function attack(
  recipe: RecipeInput,
  privacy: object = {},
): Promise<{ replays: Replays; reservations: number; left: number | undefined }> {
  await using network = await openNetwork()
  await network.joinWithTables({ a: 100, b: 90 })
  await network.stopNode('a')
  const policy = JSON.stringify({ cpu: { threads: 1 }, privacy })
  writeFileSync(join(network.directory, 'a', 'policy.yaml'), `${policy}\n`)
  const replays = replayTask(times)
  await network.startNode('a', { wrapCaller: replays.wrapCaller })
  await network.startRun(recipe)
  await replays.done
  const { reservations, budgets } = await network.callNode('a')(nodeEndpoints.showBudgets)
  return { replays, reservations, left: budgets[0]?.left }
}

test('a training task that is given again and again is answered with the same update, bit for bit', async () => {
  const { replays } = await attack(plain)
  assert.equal(replays.updates.length, times + 1)
  assert.equal(new Set(replays.updates).size, 1)
})

test('under a budget every answer with fresh noise is paid for, until the node refuses', async () => {
  // Enough for one to three trainings, whichever of the hundred records the split's key gives to training.
  const budgets = [{ dataset: 'plane', epsilon: 2.2 }]
  const { replays, reservations, left } = await attack(noisy, {
    budgets,
    exempt: { metrics: 'Accuracy on held-out records is public.' },
  })
  assert.ok(
    replays.updates.length >= 1 && replays.updates.length < times,
    `${replays.updates.length} updates`,
  )
  assert.equal(reservations, replays.updates.length)
  assert.ok(replays.failures.length > 0 && replays.failures.every(code => code === 'privacy-budget-exceeded'))
  assert.ok(left !== undefined && left >= 0)
})

test('without one it gives as many noisy copies as it is asked for, of which the noise could be averaged away', async () => {
  const { replays } = await attack(noisy)
  assert.equal(new Set(replays.updates).size, times + 1)
})
