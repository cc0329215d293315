import assert from 'node:assert/strict'
import test from 'node:test'
import { isRefusal } from '@consort/protocol'
import { close } from '../testing/close.ts'
import { explain, type FeatureSlice, type ScoreBatch } from './occlusion.ts'

/** Scores rows of `width` numbers with a function of one row, and counts its calls. */
function scoring(width: number, logitsOf: (row: Float32Array) => number[]) {
  const calls: number[] = []
  const score: ScoreBatch = async (batch, rows) => {
    calls.push(rows)
    assert.equal(batch.length, rows * width)
    return Array.from({ length: rows }, (_, row) =>
      logitsOf(batch.subarray(row * width, (row + 1) * width)),
    ).flat()
  }
  return { score, calls }
}

const features: FeatureSlice[] = [
  { name: 'age', offset: 0, width: 1 },
  { name: 'sex', offset: 1, width: 2 },
  { name: 'pressure', offset: 3, width: 1 },
]

test('of a linear model it is weight · (value − baseline), the largest first, with its sign', async () => {
  const weights = [0.5, 2, -2, -1.25]
  const { score, calls } = scoring(4, row => [
    0,
    row.reduce((sum, value, index) => sum + weights[index]! * value, 0),
  ])
  const record = Float32Array.of(3, 1, 0, 0.5)
  const baseline = Float32Array.of(1, 0.5, 0.5, 0)
  const { answered, logOdds, features: changes } = await explain(record, { baseline, features, score })
  assert.equal(answered, 1)
  close(logOdds, 1.5 + 2 - 0.625, 1e-6)
  assert.deepEqual(
    changes.map(({ name }) => name),
    ['sex', 'age', 'pressure'],
  )
  for (const [index, change] of [2, 1, -0.625].entries()) close(changes[index]!.change, change, 1e-6)
  assert.deepEqual(calls, [4], 'one call with the record and all its variants')
})

test('with several classes it is the log-odds of the answered one against all others', async () => {
  const { score } = scoring(1, ([x]) => [x!, 0, 1, -0.5])
  const {
    answered,
    logOdds,
    features: changes,
  } = await explain(Float32Array.of(4), {
    baseline: Float32Array.of(-1),
    features: [{ name: 'x', offset: 0, width: 1 }],
    score,
  })
  assert.equal(answered, 0)
  const others = Math.log(Math.exp(0) + Math.exp(1) + Math.exp(-0.5))
  close(logOdds, 4 - others, 1e-6)
  close(changes[0]!.change, 5, 1e-6)
})

test('the answered class stays that of the record when a variant is answered otherwise', async () => {
  const { score } = scoring(1, ([x]) => [x!, -x!])
  const { answered, features: changes } = await explain(Float32Array.of(2), {
    baseline: Float32Array.of(-3),
    features: [{ name: 'x', offset: 0, width: 1 }],
    score,
  })
  assert.equal(answered, 0)
  close(changes[0]!.change, 4 - -6, 1e-6)
})

test('what it does not show: two features that say the same each look useless', async () => {
  const { score } = scoring(4, row => [0, 5 * Math.max(row[0]!, row[3]!)])
  const { features: changes } = await explain(Float32Array.of(1, 0, 0, 1), {
    baseline: new Float32Array(4),
    features,
    score,
  })
  assert.ok(changes.every(({ change }) => change === 0))
  assert.deepEqual(
    changes.map(({ name }) => name),
    ['age', 'sex', 'pressure'],
    'ties keep the order given',
  )
})

test('a score that is not finite is refused; slices that leave the input assert', async () => {
  const { score } = scoring(4, ([age]) => [0, age === 0 ? Number.NaN : 1])
  const options = { baseline: new Float32Array(4), features, score }
  await assert.rejects(explain(Float32Array.of(1, 0, 0, 1), options), (error: unknown) =>
    isRefusal(error, 'value-invalid'),
  )
  const outside = [{ name: 'x', offset: 3, width: 2 }]
  await assert.rejects(explain(new Float32Array(4), { ...options, features: outside }), assert.AssertionError)
  await assert.rejects(explain(new Float32Array(3), options), assert.AssertionError)
})

test('of nothing but the record it tells the log-odds', async () => {
  const { score } = scoring(1, ([x]) => [x!, 0])
  const { features: changes } = await explain(Float32Array.of(1), {
    baseline: Float32Array.of(0),
    features: [],
    score,
  })
  assert.deepEqual(changes, [])
})
