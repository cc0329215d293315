import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { emptyChain, verifyEntries } from '@consort/agreements'
import { appendEvent, type EventTables, eventSchema } from './event-log.ts'
import { migrate } from './migrate.ts'
import { readEventLog } from './read-event-log.ts'
import { openSqlite } from './sqlite.ts'

test('a log is read page by page, while it grows', async context => {
  const directory = mkdtempSync(join(tmpdir(), 'consort-log-'))
  context.after(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'hub.sqlite')
  const database = openSqlite<EventTables>(path)
  context.after(() => database.destroy())
  await migrate(database, [eventSchema])
  const owner = { key: { publicKey: 'hub' }, now: () => new Date(0) }
  const add = (count: number) =>
    database.transaction().execute(async transaction => {
      for (let number = 0; number < count; number++) {
        await appendEvent(owner, transaction, { kind: 'done', body: { number } })
      }
    })
  await add(2500)
  assert.equal(verifyEntries(emptyChain('hub'), readEventLog(path)).seq, 2500)
  // Had all of it been read at first, what is written now would be missing.
  const entries = readEventLog(path)
  entries.next()
  await add(10)
  let count = 1
  for (const _ of entries) count += 1
  assert.equal(count, 2510)
})

test('there is no log where there is no file', () => {
  assert.throws(() => [...readEventLog('/nowhere/hub.sqlite')], { code: 'not-found' })
})
