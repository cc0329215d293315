import assert from 'node:assert/strict'
import test from 'node:test'
import { eventSchema, migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { type NodeTables, nodeSchema } from '../tables/node-tables.ts'
import { registered } from '../testing/registered-dataset.ts'
import { findByCard, findCurrent, keepInstead } from './dataset-store.ts'
import { sweepReplaced } from './sweep-replaced.ts'

test('replaced cards go, but for those whose noise was drawn once', async () => {
  await using database = await openTestDatabase<NodeTables>()
  await migrate(database, [eventSchema, nodeSchema])
  const [plain, drawn, current] = [registered('a', 1), registered('a', 2), registered('a', 3)]
  const count = { examples: 2, told: 3, drawnFor: drawn.id }
  const noised = { ...drawn, noised: { scale: 1, train: count, evaluation: count } }
  for (const one of [plain, noised, current])
    await database.transaction().execute(transaction => keepInstead(transaction, one))
  const sweep = async (before: string) => {
    let gone = 0
    for await (const rows of sweepReplaced(database, new Date(before))) gone += rows
    return gone
  }
  assert.equal(await sweep(plain.registered), 0, 'not yet')
  assert.equal(await sweep('2027-01-01T00:00:00.000Z'), 1)
  assert.equal(await findByCard(database, plain.id), undefined)
  assert.deepEqual(await findByCard(database, drawn.id), noised)
  assert.deepEqual(await findCurrent(database, 'a'), current)
})
