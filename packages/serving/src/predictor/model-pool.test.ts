import assert from 'node:assert/strict'
import test from 'node:test'
import { parseRecipe, type Recipe } from '@consort/protocol'
import { initialWeights, planModel } from '@consort/train'
import { type ModelPool, openModelPool } from './model-pool.ts'
import { type ModelThread, startModelThread } from './model-thread.ts'
import { loadPredictor } from './predictor.ts'
import type { ModelSource } from './predictor-messages.ts'

const recipe: Recipe = parseRecipe({
  recipe: 1,
  name: 'plane',
  dataset: 'plane',
  task: { kind: 'classification', classes: ['a', 'b', 'c'] },
  input: {
    kind: 'table',
    features: [
      { name: 'x', kind: 'number' },
      { name: 'y', kind: 'number' },
    ],
  },
  model: { kind: 'mlp', layers: [{ kind: 'dense', units: 8, activation: 'tanh' }] },
})
const sourceOf = (seed: number): ModelSource => ({
  recipe,
  weights: initialWeights(planModel(recipe), seed),
})
const input = (): Float32Array => Float32Array.of(0.4, -0.7)

/** Two threads that the test can end, and how often a model was read for one. */
function openWatched(): { pool: ModelPool; threads: ModelThread[] } {
  const threads: ModelThread[] = []
  const pool = openModelPool({
    size: 2,
    start(setup) {
      const thread = startModelThread(setup)
      threads.push(thread)
      return thread
    },
  })
  return { pool, threads }
}

test('models lie side by side in the threads, each read and loaded once in each', async () => {
  const { pool, threads } = openWatched()
  await using _ = pool
  let reads = 0
  const load = (seed: number) =>
    loadPredictor(pool, async () => {
      reads += 1
      return sourceOf(seed)
    })
  const [first, second] = await Promise.all([load(1), load(2)])
  assert.equal(reads, 4)
  const scores = await first.score(input(), 1)
  const ask = () => Promise.all(Array.from({ length: 200 }, () => first.score(input(), 1)))
  for (const again of await ask()) assert.deepEqual(again, scores)
  assert.notDeepEqual(await second.score(input(), 1), scores)
  assert.deepEqual([reads, threads.length], [4, 2])
  await first[Symbol.asyncDispose]()
  await assert.rejects(first.score(input(), 1), { code: 'busy' })
  assert.equal((await second.score(input(), 1)).length, 3)
})

test('batches run in several threads at the same time, one in each', async () => {
  const { pool, threads } = openWatched()
  await using _ = pool
  const predictor = await loadPredictor(pool, async () => sourceOf(1), { rowsMax: 1 })
  const asked = Array.from({ length: 6 }, () => predictor.score(input(), 1))
  // No answer of a thread comes in before the event loop turns, however long that takes.
  for (let step = 0; step < 100; step++) await null
  const seen = threads.map(({ underWay }) => underWay)
  await Promise.all(asked)
  assert.deepEqual(seen, [1, 1])
})

test('a thread that ends takes only its own batch with it, and another one takes its place', async () => {
  const { pool, threads } = openWatched()
  await using _ = pool
  const predictor = await loadPredictor(pool, async () => sourceOf(1))
  const scores = await predictor.score(input(), 1)
  const pending = threads.map(thread =>
    thread.run(1, { output: 'scores', inputs: input(), rows: 1 }).then(
      () => 'answered',
      error => error.code,
    ),
  )
  await Promise.all(threads.map(thread => thread.close()))
  assert.deepEqual(
    (await Promise.all(pending)).filter(outcome => outcome !== 'answered' && outcome !== 'busy'),
    [],
  )
  assert.deepEqual(await predictor.score(input(), 1), scores)
  assert.equal(threads.length, 4)
  assert.deepEqual(await predictor.embed(input(), 1), await predictor.embed(input(), 1))
})

test('a model that cannot be loaded leaves the others alone', async () => {
  const { pool } = openWatched()
  await using _ = pool
  const sound = await loadPredictor(pool, async () => sourceOf(1))
  let reads = 0
  const vanishing = loadPredictor(pool, async () => {
    reads += 1
    if (reads > 1) throw new Error('the disk is gone')
    return sourceOf(2)
  })
  await assert.rejects(vanishing, /the disk is gone/)
  assert.equal((await sound.score(input(), 1)).length, 3)
})
