import assert from 'node:assert/strict'
import test from 'node:test'
import { countBytes, createTraffic, takeBytes } from './traffic.ts'

const chunk = 4 * 1024 * 1024

test('what large bodies went through is freed each 8 MB, whatever run and way they had', () => {
  let collected = 0
  const traffic = createTraffic(() => {
    collected += 1
  })
  const seen = (['up', 'down', 'up', 'down', 'up'] as const).map((way, index) => {
    countBytes(traffic, way, index % 3 === 0 ? 'run_a' : 'run_b', chunk)
    return collected
  })
  assert.deepEqual(seen, [0, 1, 1, 2, 2])
  assert.equal(takeBytes(traffic.up, 'run_a'), chunk)
  assert.equal(takeBytes(traffic.up, 'run_b'), 2 * chunk)
  assert.equal(takeBytes(traffic.down, 'run_a'), chunk)
})
