import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { openLocalBlobs } from '../blobs/local-blobs.ts'
import { appendEvent, chainHead, type EventTables, entriesAfter, eventSchema } from '../database/event-log.ts'
import { migrate } from '../database/migrate.ts'
import type { FileSystem } from '../files/file-system.ts'
import { localFiles } from '../files/local-files.ts'
import { killedAt } from '../testing/killed-files.ts'
import { openTestDatabase } from '../testing/open-test-database.ts'
import { archivedEntriesAfter, readLog } from './read-log.ts'
import { sealLog } from './seal-log.ts'
import { segmentScope } from './segment-file.ts'
import { lastSegment } from './segment-store.ts'

const day = (date: number): Date => new Date(Date.UTC(2026, 0, date))

/** A log of so many entries, ten a day from the first of January on, sealed by tens. */
const openLog = async (context: TestContext, count: number) => {
  const folder = mkdtempSync(join(tmpdir(), 'consort-log-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const database = await openTestDatabase<EventTables>()
  context.after(() => database.destroy())
  await migrate(database, [eventSchema])
  await database.transaction().execute(async transaction => {
    for (let number = 0; number < count; number++) {
      const now = () => day(1 + Math.floor(number / 10))
      const owner = { key: { publicKey: 'hub' }, now }
      await appendEvent(owner, transaction, { kind: 'done', body: { number } })
    }
  })
  const open = (files: FileSystem) => openLocalBlobs(files, folder)
  const blobs = open(localFiles)
  const seal = async (date: Date, files = localFiles) => {
    let gone = 0
    for await (const rows of sealLog({ database, blobs: open(files), owner: 'hub', entries: 10 }, date))
      gone += rows
    return gone
  }
  const read = async () => {
    const [texts, elsewhere]: [string[], number[]] = [[], []]
    for await (const part of readLog({ database, blobs }, 'hub')) {
      if (part.kind === 'entries') texts.push(...part.texts)
      else elsewhere.push(part.segment.number)
    }
    return { texts, elsewhere }
  }
  const files = () => readdirSync(join(folder, segmentScope)).filter(file => !file.endsWith('.part'))
  const pathOf = async () =>
    join(folder, segmentScope, (await lastSegment(database))!.file.slice('sha256:'.length))
  return { database, blobs, seal, read, files, pathOf, all: (await read()).texts }
}

test('old entries go into files, and the log reads and holds as before', async context => {
  const log = await openLog(context, 95)
  const head = await chainHead(log.database, 'hub')
  assert.equal(await log.seal(day(4)), 30)
  assert.equal((await entriesAfter(log.database, 0, 1000)).length, 65)
  assert.equal(await log.seal(day(4)), 0, 'nothing is old enough any more')
  assert.equal(await log.seal(day(30)), 60, 'five entries are no segment')
  assert.deepEqual(await log.read(), { texts: log.all, elsewhere: [] })
  assert.equal(log.files().length, 9)
  assert.deepEqual(await chainHead(log.database, 'hub'), head)
  await log.database.transaction().execute(transaction =>
    appendEvent({ key: { publicKey: 'hub' }, now: () => day(31) }, transaction, {
      kind: 'later',
      body: {},
    }),
  )
  assert.equal((await log.read()).texts.length, 96)
})

test('the last entry always stays: the next one follows from it', async context => {
  const log = await openLog(context, 20)
  assert.equal(await log.seal(day(30)), 10)
  assert.equal((await chainHead(log.database, 'hub')).seq, 20)
})

test('wherever a crash cuts it, nothing is lost and nothing there twice', async context => {
  const log = await openLog(context, 45)
  for (let step = 1; step < 200; step++) {
    const killed = killedAt(localFiles, step)
    const cut = await log.seal(day(30), killed.files).catch((error: Error) => error.message)
    assert.deepEqual(await log.read(), { texts: log.all, elsewhere: [] }, `killed at step ${step}`)
    if (cut !== 'killed') break
    assert.ok(killed.wasKilled())
  }
  assert.equal(await log.seal(day(30)), 0)
  assert.equal(log.files().length, 4, 'what was written before the crash is the same file')
})

test('a crash between a segment and its entries leaves both, and the next time removes the entries', async context => {
  const log = await openLog(context, 25)
  const sealing = sealLog({ ...log, owner: 'hub', entries: 10 }, day(30))
  const kept = await entriesAfter(log.database, 0, 10)
  await sealing.next()
  await sealing.return()
  // As it was before the entries went.
  for (const [index, text] of kept.entries())
    await log.database
      .insertInto('event')
      .values({ seq: index + 1, text, digest: 'sha256:0' })
      .execute()
  assert.deepEqual(await log.read(), { texts: log.all, elsewhere: [] })
  assert.equal(await log.seal(day(30)), 20)
  assert.deepEqual((await log.read()).texts, log.all)
})

test('entries go only when they are seen in the file of their segment', async context => {
  const log = await openLog(context, 25)
  const sealing = sealLog({ ...log, owner: 'hub', entries: 10 }, day(30))
  const kept = await entriesAfter(log.database, 0, 10)
  await sealing.next()
  await sealing.return()
  const putBack = (text: (text: string) => string) =>
    log.database
      .insertInto('event')
      .values(kept.map((one, index) => ({ seq: index + 1, text: text(one), digest: `sha256:${index}` })))
      .execute()
  const count = async () => (await entriesAfter(log.database, 0, 100)).length
  // As a crash leaves it, with entries that somebody forged, and with a segment that somebody made up.
  await putBack(text => text.replace('done', 'gone'))
  await assert.rejects(log.seal(day(30)), { code: 'log-altered', message: /segment 1/ })
  assert.equal(await count(), 25)
  await log.database.deleteFrom('event').where('seq', '<=', 10).execute()
  await log.database.updateTable('event_segment').set({ last_seq: 24 }).execute()
  await assert.rejects(log.seal(day(30)), { code: 'log-altered' })
  await log.database.updateTable('event_segment').set({ last_seq: 10 }).execute()
  await putBack(text => text)
  // As where the database was put back from a backup, and the file was not.
  const path = await log.pathOf()
  const bytes = readFileSync(path)
  rmSync(path)
  await assert.rejects(log.seal(day(30)), { code: 'gone', message: /segment 1 .* is not here/ })
  assert.equal(await count(), 25)
  writeFileSync(path, bytes)
  assert.equal(await log.seal(day(30)), 20)
  assert.deepEqual((await log.read()).texts, log.all)
})

test('a file that was moved away is named, and the chain joins over it; one that was changed is refused', async context => {
  const log = await openLog(context, 45)
  await log.seal(day(3))
  const path = await log.pathOf()
  rmSync(path)
  assert.deepEqual(await log.read(), {
    texts: log.all.filter((_, index) => index < 10 || index >= 20),
    elsewhere: [2],
  })
  const place = { database: log.database, blobs: log.blobs }
  await assert.rejects(archivedEntriesAfter(place, 12, 5), {
    code: 'gone',
    message: /segment 2 \(entries 11 to 20, sha256:[0-9a-f]{64}\) is not here/,
    hint: /log\/[0-9a-f]{64}/,
  })
  writeFileSync(path, 'something else')
  await assert.rejects(log.read(), { code: 'log-altered', message: /segment 2 \(entries 11 to 20/ })
  await log.database
    .updateTable('event_segment')
    .set({ digest: 'sha256:0' })
    .where('number', '=', 1)
    .execute()
  await assert.rejects(log.read(), { code: 'log-altered', message: /segment 1 .* does not join/ })
})

test('entries are found by their number, wherever they lie', async context => {
  const log = await openLog(context, 35)
  await log.seal(day(30))
  const place = { database: log.database, blobs: log.blobs }
  assert.deepEqual(await archivedEntriesAfter(place, 7, 2), log.all.slice(7, 9))
  assert.deepEqual(await archivedEntriesAfter(place, 7, 50), log.all.slice(7, 10), 'one segment at a time')
  assert.deepEqual(await archivedEntriesAfter(place, 30, 50), log.all.slice(30))
})

test('of a log that does not hold nothing is archived', async context => {
  const log = await openLog(context, 25)
  await log.database
    .updateTable('event')
    .set({ text: log.all[2]!.replace('done', 'gone') })
    .where('seq', '=', 3)
    .execute()
  await assert.rejects(log.seal(day(30)), { code: 'log-altered' })
  assert.equal((await entriesAfter(log.database, 0, 100)).length, 25)
  assert.equal(await lastSegment(log.database), undefined)
})
