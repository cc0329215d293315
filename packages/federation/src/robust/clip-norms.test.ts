import assert from 'node:assert/strict'
import test from 'node:test'
import { clipNorms } from './clip-norms.ts'

test('what is within the bound stays as it is, what is beyond ends on it', () => {
  const { bound, scales } = clipNorms([0, 1, 2, 4, 2 ** 100], { bound: 2 })
  assert.equal(bound, 2)
  assert.deepEqual(scales, [1, 1, 1, 0.5, 2 ** -99])
})

test('without a bound it is a factor times the median of the norms', () => {
  assert.deepEqual(clipNorms([4, 1, 100], {}), { bound: 4, scales: [1, 1, 0.04] })
  assert.equal(clipNorms([4, 1, 100, 2], {}).bound, 3)
  assert.equal(clipNorms([4, 1, 100, 2], { factor: 2 }).bound, 6)
})

test('partners that learnt nothing are left alone', () => {
  assert.deepEqual(clipNorms([0, 0, 0], {}), { bound: 0, scales: [1, 1, 1] })
  assert.deepEqual(clipNorms([0, 0, 5], {}), { bound: 0, scales: [1, 1, 0] })
})

test('fewer than half cannot raise the bound past what the others have; half of them can', () => {
  const honest = [1, 1.1, 0.9, 1.2]
  for (const spoilt of [[1e9], [1e9, 1e9], [1e9, 1e9, 1e9], [0, 0, 1e9]]) {
    const { bound } = clipNorms([...spoilt, ...honest], {})
    assert.ok(bound <= 1.2, `${spoilt}: ${bound}`)
  }
  assert.ok(clipNorms([1e9, 1e9, 1e9, 1e9, ...honest], {}).bound > 1e8)
})

test('a median of two norms is a bug, and asserts', () => {
  assert.throws(() => clipNorms([1, 1e9], {}), assert.AssertionError)
  assert.deepEqual(clipNorms([1, 4], { bound: 2 }).scales, [1, 0.5])
})
