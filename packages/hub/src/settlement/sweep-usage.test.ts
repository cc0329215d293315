import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import test from 'node:test'
import { digestOfDocument, usagePerPage } from '@consort/protocol'
import { localFiles } from '@consort/storage'
import { killedAt } from '@consort/storage/testing/killed-files'
import { openSettling } from '../testing/open-settled-month.ts'
import { readFilledPage } from './filled-page.ts'
import { countSealed } from './usage-page-store.ts'
import { countUnsealed } from './usage-store.ts'

type Settling = Awaited<ReturnType<typeof openSettling>>

/** A month that is settled by a statement in force, with so many events. */
async function settle(hub: Settling, month: string, count: number) {
  const events = Array.from({ length: count }, (_, number) => hub.eventAt(number, month))
  await hub.tell(...events)
  const digests = (await hub.seal(month)).map(digestOfDocument)
  await hub.stateOf(month, 'in-force', digests)
  const read = async () =>
    (await Promise.all(digests.map(digest => readFilledPage(hub, digest)))).flatMap(filled => filled.events)
  return { events, digests, read }
}

test('a settled month moves into files, and its pages read as before', async () => {
  await using hub = await openSettling()
  const { events, digests, read } = await settle(hub, '2026-01', usagePerPage + 2)
  const before = await Promise.all(digests.map(digest => readFilledPage(hub, digest)))
  assert.equal(await hub.sweep('2026-01-31T23:59:59.999Z'), 0, 'the month has not ended')
  assert.equal(await hub.sweep('2026-02-01T00:00:00.000Z'), events.length)
  assert.equal(await hub.rows(), 0)
  assert.equal(hub.files().length, 2)
  assert.deepEqual(await read(), events)
  assert.deepEqual(await Promise.all(digests.map(digest => readFilledPage(hub, digest))), before)
  const of = { agreement: hub.agreement, month: '2026-01' }
  assert.deepEqual(await countSealed(hub.database, of), { pages: 2, events: events.length })
  assert.equal(await countUnsealed(hub.database, of), 0)
  assert.equal(await hub.sweep('2026-02-01T00:00:00.000Z'), 0)
})

test('what no statement in force names stays: unsettled months, those of the first edition, later pages', async () => {
  await using hub = await openSettling()
  await hub.tell(hub.eventAt(1, '2026-01'), hub.eventAt(2, '2026-02'), hub.eventAt(3, '2026-03'))
  const [proposed, [first]] = [await hub.seal('2026-01'), await hub.seal('2026-03')]
  await hub.stateOf('2026-01', 'proposed', proposed.map(digestOfDocument))
  await hub.seal('2026-02')
  await hub.stateOf('2026-02', 'in-force', null)
  await hub.stateOf('2026-03', 'in-force', [digestOfDocument(first!)])
  await hub.tell(hub.eventAt(4, '2026-03'))
  await hub.seal('2026-03')
  await hub.tell(hub.eventAt(5, '2026-03'))
  assert.equal(await hub.sweep('2030-01-01T00:00:00.000Z'), 1)
  assert.deepEqual(
    (await hub.database.selectFrom('usage').select('id').orderBy('id').execute()).map(({ id }) => id.at(-1)),
    ['1', '2', '4', '5'],
  )
})

test('wherever a crash cuts it, nothing is lost and nothing there twice', async () => {
  await using hub = await openSettling()
  const { events, read } = await settle(hub, '2026-01', usagePerPage + 2)
  let isWhole = false
  for (let step = 1; !isWhole; step++) {
    const killed = killedAt(localFiles, step)
    const cut = await hub
      .sweep('2030-01-01T00:00:00.000Z', killed.files)
      .catch((error: Error) => error.message)
    assert.deepEqual(await read(), events, `killed at step ${step}`)
    isWhole = cut !== 'killed'
    assert.equal(isWhole, !killed.wasKilled())
  }
  assert.equal(await hub.rows(), 0)
  assert.equal(hub.files().length, 2, 'what was written before the crash is the same file')
})

test('a sweep that ends between the steps of a page is gone on with by the next one', async () => {
  await using hub = await openSettling()
  const { events, read } = await settle(hub, '2026-01', usagePerPage)
  await hub.sweepOnce('2030-01-01T00:00:00.000Z')
  assert.equal(await hub.rows(), usagePerPage / 2)
  assert.deepEqual(await read(), events, 'from the file, while rows are left')
  assert.equal(await hub.sweep('2030-01-01T00:00:00.000Z'), usagePerPage / 2)
  assert.deepEqual(await read(), events)
})

test('a file that was moved away is named, and one that was changed is refused', async () => {
  await using hub = await openSettling()
  const { read } = await settle(hub, '2026-01', 3)
  await hub.sweep('2030-01-01T00:00:00.000Z')
  const [path] = hub.files()
  rmSync(path!)
  await assert.rejects(read(), { code: 'gone', message: /page 1 .*2026-01/, hint: /usage\/[0-9a-f]{64}/ })
  writeFileSync(path!, 'something else')
  await assert.rejects(read(), { code: 'digest-mismatch', message: /page 1 .*2026-01/ })
})

test('a page whose rows are not what was sealed stays, and is named; others go', async () => {
  await using hub = await openSettling()
  await settle(hub, '2026-01', 2)
  await hub.database.deleteFrom('usage').where('id', '=', hub.eventAt(1, '2026-01').document.id).execute()
  const events = [hub.eventAt(8, '2026-02'), hub.eventAt(9, '2026-02')]
  await hub.tell(...events)
  await hub.stateOf('2026-02', 'in-force', (await hub.seal('2026-02')).map(digestOfDocument))
  await assert.rejects(hub.sweep('2030-01-01T00:00:00.000Z'), {
    code: 'digest-mismatch',
    message: /1 of 2026-01$/,
  })
  assert.equal(await hub.rows(), 1)
  assert.equal(hub.files().length, 1)
})
