import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import test from 'node:test'
import { base64Of, octetsOf } from './base64.ts'

test('octets come and go in base64 as Node writes it, however many they are', () => {
  for (const count of [0, 1, 2, 3, 2 ** 15 - 1, 2 ** 15, 2 ** 15 + 1, 100_000]) {
    const octets = randomBytes(count)
    assert.equal(base64Of(octets), octets.toString('base64'))
    assert.deepEqual(octetsOf(octets.toString('base64')), Uint8Array.from(octets))
  }
})
