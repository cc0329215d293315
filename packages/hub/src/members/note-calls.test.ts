import assert from 'node:assert/strict'
import test from 'node:test'
import { openHubDatabase } from '../testing/open-hub-database.ts'
import { listMembers } from './member-store.ts'
import { createCallNotes } from './note-calls.ts'

const start = Date.parse('2026-01-01T00:00:00.000Z')

async function openNotes() {
  const writes: string[] = []
  const hub = await openHubDatabase({
    onStatement: sql => sql.startsWith('update "member"') && writes.push(sql),
  })
  let seconds = 0
  const notes = createCallNotes({ ...hub, now: () => new Date(start + seconds * 1000) })
  return {
    writes,
    call: (at: number): Promise<void> => {
      seconds = at
      return notes.note(hub.caller.id)
    },
    lastSeen: async () => {
      const [member] = await listMembers(hub.database)
      return member?.lastSeen ? (Date.parse(member.lastSeen) - start) / 1000 : null
    },
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  }
}

test('a first call is noted before it goes on, and so is one after a silence, or after the clock was set back', async () => {
  await using notes = await openNotes()
  await notes.call(100)
  assert.equal(await notes.lastSeen(), 100)
  await notes.call(160)
  assert.equal(await notes.lastSeen(), 160)
  await notes.call(20)
  assert.equal(await notes.lastSeen(), 20)
})

test('calls that follow one another are noted every five seconds, and none waits for that', async t => {
  await using notes = await openNotes()
  await notes.call(0)
  assert.equal(notes.writes.length, 1)
  t.mock.timers.enable({ apis: ['setTimeout'] })
  await notes.call(4)
  await notes.call(6)
  await notes.call(7)
  assert.equal(notes.writes.length, 1)
  t.mock.timers.tick(1000)
  t.mock.timers.reset()
  while (notes.writes.length === 1) await new Promise(resolve => setImmediate(resolve))
  assert.equal(await notes.lastSeen(), 7)
  assert.equal(notes.writes.length, 2)
})
