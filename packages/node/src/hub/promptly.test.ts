import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Caller, type CallOptions, hubEndpoints } from '@consort/protocol'
import { openPatience } from './promptly.ts'

test('patience runs out while the hub is waited for, also by several calls at once, and at no other time', async () => {
  const given: (number | undefined)[] = []
  const slow = (async (_: unknown, __: unknown, options?: CallOptions) => {
    given.push(options?.timeoutMs)
    await sleep(50)
  }) as Caller
  const { call, leftMs } = openPatience(slow)
  const timeoutMs = leftMs()
  await sleep(50)
  assert.equal(leftMs(), timeoutMs)
  await Promise.all([call(hubEndpoints.getRoster), call(hubEndpoints.getRoster)])
  const rest = leftMs()
  assert.ok(rest <= timeoutMs - 45, `${rest} ms are left`)
  await call(hubEndpoints.getRoster, undefined, { timeoutMs: 7 })
  assert.equal(given[0], timeoutMs)
  assert.equal(given[2], 7)
  assert.ok(leftMs() < rest)
})
