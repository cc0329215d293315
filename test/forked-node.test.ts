import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import type { OpenNodeEngine } from '@consort/node'
import {
  budgetOf,
  failureOf,
  idleEngine,
  openGuarded,
  privateRecipe,
  short,
  words,
} from './guarded-network.ts'

test('of two nodes with one key and one past, started at once, only one uses the records for a task', async () => {
  await using network = await openGuarded({ ...budgetOf(8), exempt: { metrics: words } })
  await network.stopNode('a')
  cpSync(join(network.directory, 'a'), join(network.directory, 'a-fork'), { recursive: true })
  let reached = 0
  const both = Promise.withResolvers<'both use the records'>()
  const end = Promise.withResolvers<never>()
  const openEngine: OpenNodeEngine = async given => ({
    ...(await idleEngine(given)),
    train() {
      reached += 1
      if (reached === 2) both.resolve('both use the records')
      return end.promise
    },
  })
  await network.startNode('a', { openEngine })
  await network.startNode('a-fork', { openEngine })
  try {
    const run = await network.startRun({ ...privateRecipe, federation: { ...short, roundWithinSeconds: 60 } })
    const view = await Promise.race([both.promise, network.awaitRun(run)])
    if (view === 'both use the records') assert.fail(view)
    assert.deepEqual([failureOf(view, 'a'), reached], ['privacy-budget-restored', 1])
  } finally {
    end.reject(new Error('the end of the test'))
  }
})
