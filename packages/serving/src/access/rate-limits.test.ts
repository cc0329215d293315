import assert from 'node:assert/strict'
import test from 'node:test'
import { isRefusal } from '@consort/protocol'
import { noLimits } from '../testing/open-ledger.ts'
import { createRateLimits } from './rate-limits.ts'

const holder = (id: string, requestsPerMinute: number | null) => ({
  id: `key_${id}` as const,
  name: id,
  limits: { ...noLimits, requestsPerMinute },
})

/** How many of so many requests at one moment are let through, and what the first refusal says. */
function burst(check: () => void, count: number): { passed: number; waitSeconds: number | undefined } {
  let passed = 0
  let waitSeconds: number | undefined
  for (let request = 0; request < count; request++) {
    try {
      check()
      passed += 1
    } catch (error) {
      assert.ok(isRefusal(error, 'rate-limited'))
      waitSeconds ??= error.retryAfterSeconds
    }
  }
  return { passed, waitSeconds }
}

test('a minute’s requests may come at once, then one whenever the bucket holds one again', () => {
  let now = 5000
  const { check } = createRateLimits(() => now)
  const ward = holder('ward', 30)
  assert.deepEqual(
    burst(() => check(ward), 100),
    { passed: 30, waitSeconds: 2 },
  )
  now += 1999
  assert.deepEqual(
    burst(() => check(ward), 5),
    { passed: 0, waitSeconds: 1 },
  )
  now += 1
  assert.equal(burst(() => check(ward), 5).passed, 1)
  now += 20_000
  assert.equal(burst(() => check(ward), 50).passed, 10)
  now += 3_600_000
  assert.equal(burst(() => check(ward), 100).passed, 30, 'an idle hour saves up one minute')
})

test('who comes back when told to is let through, at every rate', () => {
  for (const rate of [1, 7, 59, 61]) {
    let now = 0.3
    const { check } = createRateLimits(() => now)
    const ward = holder('ward', rate)
    burst(() => check(ward), rate)
    for (let turn = 0; turn < 50; turn++) {
      const { passed, waitSeconds } = burst(() => check(ward), rate + 1)
      assert.ok(waitSeconds !== undefined && waitSeconds <= 60, `${rate} a minute`)
      assert.ok(turn === 0 || passed >= 1, `${rate} a minute, turn ${turn}`)
      now += waitSeconds * 1000
    }
  }
})

test('one key’s requests are not another’s, and a key without a limit has none', () => {
  const { check } = createRateLimits(() => 0)
  assert.equal(burst(() => check(holder('a', 1)), 3).passed, 1)
  assert.equal(burst(() => check(holder('b', 1)), 3).passed, 1)
  assert.equal(burst(() => check(holder('c', null)), 3000).passed, 3000)
})
