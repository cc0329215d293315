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
  const lastSeen = async () => {
    const [member] = await listMembers(hub.database)
    return member?.lastSeen ? (Date.parse(member.lastSeen) - start) / 1000 : null
  }
  return {
    writes,
    call: (at: number): Promise<void> => {
      seconds = at
      return notes.note(hub.caller.id)
    },
    lastSeen,
    /** When the member was last seen, once a note that nobody waits for has had the time of many looks to come. */
    lastSeenBy: async (at: number) => {
      for (let looks = 0; (await lastSeen()) !== at && looks < 1000; looks++)
        await new Promise(resolve => setImmediate(resolve))
      return await lastSeen()
    },
    /** From now on nothing can be written. */
    fail: () => hub.database.destroy(),
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

test('who calls twice at once for the first time waits with both calls', async () => {
  await using notes = await openNotes()
  const first = notes.call(100)
  await notes.call(100)
  assert.equal(await notes.lastSeen(), 100)
  await first
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
  assert.equal(await notes.lastSeenBy(7), 7)
  assert.equal(notes.writes.length, 2)
})

test('calls are gathered again after each note', async t => {
  await using notes = await openNotes()
  await notes.call(0)
  for (const [at, written] of [
    [6, 2],
    [12, 3],
  ] as const) {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    await notes.call(at)
    t.mock.timers.tick(1000)
    t.mock.timers.reset()
    assert.equal(await notes.lastSeenBy(at), at)
    assert.equal(notes.writes.length, written)
  }
})

test('a note that failed counts for nothing: the next call waits for one of its own, and says why', async () => {
  await using notes = await openNotes()
  await notes.fail()
  await assert.rejects(notes.call(0))
  await assert.rejects(notes.call(1))
})

test('a gathered note that failed counts for nothing, either', async t => {
  await using notes = await openNotes()
  await notes.call(0)
  await notes.fail()
  t.mock.timers.enable({ apis: ['setTimeout'] })
  await notes.call(6)
  t.mock.timers.tick(1000)
  t.mock.timers.reset()
  for (let turns = 0; turns < 100; turns++) await new Promise(resolve => setImmediate(resolve))
  await assert.rejects(notes.call(7))
})
