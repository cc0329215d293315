import assert from 'node:assert/strict'
import { test } from 'node:test'
import { poolMoments } from './pool-moments.ts'

const momentsOf = (field: string, values: readonly number[]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const m2 = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { field, count: values.length, mean, m2 }
}

test('pooled moments are those of the pooled records, however they are split', () => {
  const values = Array.from({ length: 500 }, (_, i) => 1000 + Math.sin(i) * (1 + (i % 7)))
  const whole = momentsOf('age', values)
  for (const cuts of [[250], [1, 2, 499], [100, 200, 300, 400]]) {
    const bounds = [0, ...cuts, values.length]
    const parts = bounds.slice(1).map((end, i) => [momentsOf('age', values.slice(bounds[i], end))])
    const [pooled] = poolMoments(parts)
    assert.equal(pooled?.count, 500)
    assert.ok(Math.abs(pooled.mean - whole.mean) < 1e-10)
    assert.ok(Math.abs(pooled.deviation - Math.sqrt(whole.m2 / 500)) < 1e-10)
  }
})

test('a field that only some have is pooled over those', () => {
  const [age, chol] = [momentsOf('age', [1, 3]), momentsOf('chol', [200, 220])]
  const pooled = poolMoments([[age, chol], [age]])
  assert.deepEqual(pooled, [
    { field: 'age', count: 4, mean: 2, deviation: 1 },
    { field: 'chol', count: 2, mean: 210, deviation: 10 },
  ])
  assert.deepEqual(poolMoments([]), [])
})
