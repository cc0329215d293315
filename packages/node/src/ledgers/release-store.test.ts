import assert from 'node:assert/strict'
import test from 'node:test'
import { type LossCurve, noLoss, rdpOrders } from '@consort/privacy'
import { eventSchema, migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { type NodeTables, nodeSchema } from '../tables/node-tables.ts'
import { countReleasesOf, findReleaseOf, keepRelease, lossOfReleases, markSettled } from './release-store.ts'

const losing = (loss: number): LossCurve => rdpOrders.map(() => loss)

async function openReleases() {
  const database = await openTestDatabase<NodeTables>()
  await migrate(database, [eventSchema, nodeSchema])
  const keep = (release: string, { run, loss }: { run: string; loss: number }) =>
    database.transaction().execute(transaction =>
      keepRelease(transaction, {
        release,
        task: `task of ${run}`,
        run,
        dataset: 'plane',
        loss: losing(loss),
      }),
    )
  const settle = (release: string) =>
    database.transaction().execute(transaction => markSettled(transaction, release))
  return { database, keep, settle, [Symbol.asyncDispose]: () => database.destroy() }
}

test('a release is settled once, and others stay as they are', async () => {
  await using releases = await openReleases()
  await releases.keep('a', { run: 'one', loss: 1 })
  await releases.keep('b', { run: 'two', loss: 2 })
  assert.deepEqual([await releases.settle('a'), await releases.settle('a')], [true, false])
  assert.equal(await releases.settle('nobody reserved it'), false)
  assert.deepEqual(await findReleaseOf(releases.database, 'task of one'), { release: 'a', isSettled: true })
  assert.deepEqual(await findReleaseOf(releases.database, 'task of two'), { release: 'b', isSettled: false })
  assert.equal(await findReleaseOf(releases.database, 'another'), undefined)
})

test('a run loses what was reserved for it and nothing of another’s, and a task counts its own', async () => {
  await using releases = await openReleases()
  await releases.keep('a', { run: 'one', loss: 1 })
  await releases.keep('b', { run: 'one', loss: 3 })
  await releases.keep('c', { run: 'two', loss: 9 })
  assert.deepEqual(await lossOfReleases(releases.database, 'one'), losing(4))
  assert.deepEqual(await lossOfReleases(releases.database, 'none'), noLoss)
  assert.equal(await countReleasesOf(releases.database, 'task of one'), 2)
})
