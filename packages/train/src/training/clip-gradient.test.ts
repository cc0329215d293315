import assert from 'node:assert/strict'
import test from 'node:test'
import { clipGradient } from './clip-gradient.ts'

test('a long gradient keeps its direction and gets the norm; a short one stays', () => {
  const long = Float32Array.of(3, -4, 12)
  clipGradient(long, 6.5)
  assert.deepEqual([...long], [1.5, -2, 6])
  clipGradient(long, 6.5)
  assert.deepEqual([...long], [1.5, -2, 6])
})

test('a gradient that is not finite is left for others to refuse', () => {
  const broken = Float32Array.of(1, Number.POSITIVE_INFINITY)
  clipGradient(broken, 1)
  assert.deepEqual([...broken], [1, Number.POSITIVE_INFINITY])
})
