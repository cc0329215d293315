import assert from 'node:assert/strict'
import test from 'node:test'
import { findMember } from '../../members/member-store.ts'
import { openHubDatabase } from '../../testing/open-hub-database.ts'
import { noteLatency } from './note-latency.ts'

test('an update that comes before its task, by the clock, took no time', async () => {
  await using hub = await openHubDatabase()
  const { id } = hub.caller
  const note = (opened: string, now: string) =>
    hub.database.transaction().execute(trx => noteLatency(trx, { member: id, opened }, new Date(now)))
  const latency = async () => (await findMember(hub.database, { id }))?.latencySeconds
  await note('2026-01-01T12:00:00.000Z', '2026-01-01T12:00:08.000Z')
  assert.equal(await latency(), 8)
  await note('2026-01-01T12:00:00.000Z', '2026-01-01T10:00:00.000Z')
  const after = await latency()
  assert.ok(after !== undefined && after !== null && after >= 0 && after < 8, `${after}`)
})
