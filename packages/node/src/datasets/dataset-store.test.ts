import assert from 'node:assert/strict'
import test from 'node:test'
import { eventSchema, migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { type NodeTables, nodeSchema } from '../tables/node-tables.ts'
import { registered } from '../testing/registered-dataset.ts'
import { findByCard, findCurrent, keepAfter, keepInstead, listUnpublished } from './dataset-store.ts'

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
  assert.deepEqual(await listUnpublished(database), [grown], 'nobody is told of the earlier ones')
  assert.deepEqual(await findByCard(database, first.id), first)
})
