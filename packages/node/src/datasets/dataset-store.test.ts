import assert from 'node:assert/strict'
import test from 'node:test'
import { eventSchema, migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { type NodeTables, nodeSchema } from '../tables/node-tables.ts'
import { registered } from '../testing/registered-dataset.ts'
import {
  findByCard,
  findCurrent,
  findKnown,
  keepAfter,
  keepInstead,
  listCurrent,
  listOfRecords,
  listUnpublished,
} from './dataset-store.ts'

test('a card follows the current one only: what was registered anew meanwhile stays', async () => {
  await using database = await openTestDatabase<NodeTables>()
  await migrate(database, [eventSchema, nodeSchema])
  const [first, anew, grown] = [registered('a', 1), registered('a', 2), registered('a', 3)]
  const keep = (before: typeof first, next: typeof first) =>
    database.transaction().execute(transaction => keepAfter(transaction, before.id, next))
  await database.transaction().execute(transaction => keepInstead(transaction, first))
  assert.deepEqual(await findCurrent(database, 'a'), first)
  await database.transaction().execute(transaction => keepInstead(transaction, anew))
  assert.equal(await keep(first, grown), false)
  assert.deepEqual(await findCurrent(database, 'a'), anew)
  assert.equal(await findByCard(database, grown.id), undefined)
  assert.equal(await keep(anew, grown), true)
  assert.deepEqual(await findCurrent(database, 'a'), grown)
  assert.deepEqual((await listUnpublished(database)).read, [grown], 'nobody is told of the earlier ones')
  assert.deepEqual(await findByCard(database, first.id), first)
})

test('a data set whose format is unknown here is named, and keeps none of the others from being read', async () => {
  await using database = await openTestDatabase<NodeTables>()
  await migrate(database, [eventSchema, nodeSchema])
  const [newer, plain] = [registered('newer', 1), registered('plain', 2)]
  for (const each of [newer, plain])
    await database.transaction().execute(transaction => keepInstead(transaction, each))
  const source = JSON.stringify({ kind: 'from-a-newer-version', path: '/d' })
  await database
    .updateTable('dataset')
    .set({ source: source as never })
    .where('dataset', '=', 'newer')
    .execute()
  const refused = { code: 'data-unreadable', message: /data set newer/, hint: /Register it again/ }
  for (const list of [listCurrent, listUnpublished]) {
    const { read, unreadable } = await list(database)
    assert.deepEqual(read, [plain])
    assert.deepEqual(
      unreadable.map(({ id, dataset }) => [id, dataset]),
      [[newer.id, 'newer']],
    )
    assert.throws(() => {
      throw unreadable[0]!.refusal
    }, refused)
  }
  await assert.rejects(findCurrent(database, 'newer'), refused)
  await assert.rejects(findByCard(database, newer.id), refused)
  const { source: _, ...rest } = newer
  assert.deepEqual(
    await findKnown(database, 'newer'),
    { ...rest, source: null },
    'registering goes on from it',
  )
  assert.deepEqual(await listOfRecords(database, newer.digest), [rest], 'what was told of its records holds')
})
