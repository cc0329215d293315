import assert from 'node:assert/strict'
import test from 'node:test'
import { createBatcher, type ScoreRows } from './batcher.ts'

/** Doubles every number, one score a row, and notes how many rows each call had. */
function doubling(): { run: ScoreRows; calls: number[] } {
  const calls: number[] = []
  const run: ScoreRows = async (inputs, rows) => {
    calls.push(rows)
    return inputs.map(value => 2 * value)
  }
  return { run, calls }
}

const one = (value: number): Float32Array => Float32Array.of(value)

test('requests that come together are run together, and each gets its own rows', async () => {
  const { run, calls } = doubling()
  const { score } = createBatcher(run, { rowsMax: 32, waitMs: 2, runsMax: 1 })
  const scores = await Promise.all([score(one(1), 1), score(Float32Array.of(2, 3), 2), score(one(4), 1)])
  assert.deepEqual(calls, [4])
  assert.deepEqual(
    scores.map(rows => [...rows]),
    [[2], [4, 6], [8]],
  )
})

test('a batch has at most so many rows; a larger request goes by itself', async () => {
  const { run, calls } = doubling()
  const { score } = createBatcher(run, { rowsMax: 4, waitMs: 2, runsMax: 1 })
  const many = new Float32Array(9)
  const all = [1, 2, 3].map(value => score(one(value), 1))
  const [large, ...small] = await Promise.all([score(many, 9), ...all])
  assert.deepEqual(calls, [3, 9])
  assert.equal(large!.length, 9)
  assert.deepEqual(
    small.map(rows => rows[0]),
    [2, 4, 6],
  )
})

test('what comes while a batch runs makes the next one, and no two run at once', async () => {
  let running = 0
  const calls: number[] = []
  const gate = Promise.withResolvers<void>()
  const started = Promise.withResolvers<void>()
  const { score, drained } = createBatcher(
    async (inputs, rows) => {
      running += 1
      assert.equal(running, 1)
      calls.push(rows)
      started.resolve()
      await gate.promise
      running -= 1
      return inputs
    },
    { rowsMax: 2, waitMs: 0, runsMax: 1 },
  )
  const first = [score(one(1), 1), score(one(2), 1)]
  await started.promise
  const later = [score(one(3), 1), score(one(4), 1), score(one(5), 1)]
  gate.resolve()
  const scores = await Promise.all([...first, ...later])
  await drained()
  assert.deepEqual(calls, [2, 2, 1])
  assert.deepEqual(
    scores.map(rows => rows[0]),
    [1, 2, 3, 4, 5],
  )
})

test('a failure is that of its batch only', async () => {
  let isFirst = true
  const { score, drained } = createBatcher(
    async inputs => {
      if (!isFirst) return inputs
      isFirst = false
      throw new Error('out of luck')
    },
    { rowsMax: 2, waitMs: 0, runsMax: 1 },
  )
  await drained()
  const results = await Promise.allSettled([score(one(1), 1), score(one(2), 1), score(one(3), 1)])
  assert.deepEqual(
    results.map(result => result.status),
    ['rejected', 'rejected', 'fulfilled'],
  )
})
