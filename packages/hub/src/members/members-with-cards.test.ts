import assert from 'node:assert/strict'
import test from 'node:test'
import { isOnline } from './members-with-cards.ts'

test('who called within a minute is online, and nobody by a call of a time to come', () => {
  const now = new Date('2026-01-01T12:00:00.000Z')
  const seen = (secondsAgo: number) => ({
    lastSeen: new Date(now.getTime() - secondsAgo * 1000).toISOString(),
  })
  assert.equal(isOnline({ lastSeen: null }, now), false)
  assert.deepEqual(
    [0, 59, 61, -2, -30, -3600].map(secondsAgo => isOnline(seen(secondsAgo), now)),
    [true, true, false, true, false, false],
  )
})
