import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { openLocalBlobs } from '../blobs/local-blobs.ts'
import { appendEvent, type EventTables, eventSchema } from '../database/event-log.ts'
import { migrate } from '../database/migrate.ts'
import { openForReading } from '../database/open-for-reading.ts'
import { openSqlite } from '../database/sqlite.ts'
import { localFiles } from '../files/local-files.ts'
import { readLog } from './read-log.ts'
import { sealLog } from './seal-log.ts'

/** A log in a file, as its process writes it, and as another one reads it. */
async function openLog(context: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'consort-log-'))
  context.after(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'hub.sqlite')
  const database = openSqlite<EventTables>(path)
  context.after(() => database.destroy())
  await migrate(database, [eventSchema])
  const owner = { key: { publicKey: 'hub' } }
  const add = (count: number, at = 0) =>
    database.transaction().execute(async transaction => {
      for (let number = 0; number < count; number++) {
        await appendEvent({ ...owner, now: () => new Date(at) }, transaction, {
          kind: 'done',
          body: { number },
        })
      }
    })
  const reading = openForReading<EventTables>({ file: path })
  context.after(() => reading.destroy())
  const blobs = openLocalBlobs(localFiles, join(directory, 'blobs'))
  const seal = async (before: Date) => {
    for await (const _ of sealLog({ database, blobs, owner: 'hub', entries: 10 }, before));
  }
  return { add, seal, blobs, reading, read: () => readLog({ database: reading, blobs }, 'hub') }
}

test('a log is read page by page, while it grows', async context => {
  const log = await openLog(context)
  await log.add(2500)
  let last = 0
  for await (const { head } of log.read()) last = head.seq
  assert.equal(last, 2500)
  // Had all of it been read at first, what is written now would be missing.
  const parts = log.read()
  await parts.next()
  await log.add(10)
  for await (const { head } of parts) last = head.seq
  assert.equal(last, 2510)
})

test('a log that is archived between any two steps of its reader is read as it was', async context => {
  for (let at = 1, steps = 1; at <= steps; at++) {
    const log = await openLog(context)
    for (const date of [1, 2, 3]) await log.add(10, date)
    await log.seal(new Date(2))
    steps = 0
    const watched = log.reading.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        steps += 1
        if (steps === at) await log.seal(new Date(3))
        return result
      },
    })
    let last = 0
    for await (const { head } of readLog({ database: watched, blobs: log.blobs }, 'hub')) last = head.seq
    assert.equal(last, 30, `archived after step ${at}`)
    assert.ok(steps > 5, `${steps} steps`)
  }
})

test('there is no log where there is no file', () => {
  assert.throws(() => openForReading({ file: '/nowhere/hub.sqlite' }), { code: 'not-found' })
})
