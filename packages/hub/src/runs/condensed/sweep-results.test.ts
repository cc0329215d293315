import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOfBytes, digestOfDocument, type Id } from '@consort/protocol'
import { getModelChunk } from '../../handlers/models/get-model.ts'
import { wasUsedSince } from '../../settlement/used-versions.ts'
import { openSettling } from '../../testing/open-settled-month.ts'
import { insertVersion, makeCurrent, publish } from '../version-store.ts'
import { sweepResults } from './sweep-results.ts'

const bytes = Buffer.from('1234')
const chunk = { digest: digestOfBytes(bytes), bytes: 4 }
const madeIn = (month: number): Id<'version'> => `ver_00000000000000${String(month).padStart(2, '0')}`

/** A hub with a result of one name in each of these months, of which one is current. */
async function openResults({ months, current }: { months: readonly number[]; current: number }) {
  const hub = await openSettling()
  const { database, blobs } = hub
  const { run } = await database.selectFrom('version').select('run').executeTakeFirstOrThrow()
  const weights = { bytes: 4, chunks: [chunk] }
  for (const month of months) {
    const [id, name, created] = [madeIn(month), 'plane', new Date(Date.UTC(2026, month - 1)).toISOString()]
    await database.transaction().execute(async transaction => {
      await insertVersion(transaction, { id, run, round: 1, name, created, weights })
      await publish(transaction, id)
      if (month === current) await makeCurrent(transaction, { id, name })
    })
    await blobs.put(id, chunk, bytes)
  }
  return {
    ...hub,
    async sweepBefore(time: string) {
      for await (const _ of sweepResults(hub, new Date(time), wasUsedSince));
      return (await blobs.scopes()).filter(scope => scope.startsWith('ver_'))
    },
  }
}

test('the weights of old results go, but not those of the current one and of the newest of its name', async () => {
  await using hub = await openResults({ months: [1, 2, 3, 4], current: 2 })
  const fetch = async (version: Id<'version'>) =>
    await getModelChunk(hub)({ params: { version, digest: chunk.digest } } as never)
  assert.deepEqual(await hub.sweepBefore('2026-02-15T00:00:00.000Z'), [2, 3, 4].map(madeIn))
  assert.deepEqual(await hub.sweepBefore('2030-01-01T00:00:00.000Z'), [2, 4].map(madeIn))
  await assert.rejects(fetch(madeIn(1)), { code: 'gone', message: /a later model of plane/ })
  await fetch(madeIn(2))
})

test('wherever a sweep is cut, no weights are offered that are gone', async () => {
  await using hub = await openResults({ months: [1, 2], current: 2 })
  const blobs = {
    ...hub.blobs,
    async removeScope(scope: string) {
      await hub.blobs.removeScope(scope)
      throw new Error('cut')
    },
  }
  const sweep = async () => {
    for await (const _ of sweepResults(
      { ...hub, blobs },
      new Date('2030-01-01T00:00:00.000Z'),
      wasUsedSince,
    ));
  }
  await assert.rejects(sweep(), /cut/)
  const fetch = async () =>
    await getModelChunk(hub)({ params: { version: madeIn(1), digest: chunk.digest } } as never)
  await assert.rejects(fetch(), { code: 'gone' })
})

test('a result that somebody still asks is kept, by its rows as by its archived pages', async () => {
  for (const isArchived of [false, true]) {
    await using hub = await openResults({ months: [1, 2], current: 2 })
    await hub.tell(hub.eventAt(1, '2026-06', { version: madeIn(1) }))
    await hub.seal('2026-06')
    if (isArchived) {
      const [page] = await hub.seal('2026-06')
      await hub.stateOf('2026-06', 'in-force', [digestOfDocument(page!)])
      await hub.sweep('2026-08-01T00:00:00.000Z')
      assert.equal(await hub.rows(), 0)
    }
    assert.deepEqual(await hub.sweepBefore('2026-06-30T00:00:00.000Z'), [1, 2].map(madeIn))
    assert.deepEqual(await hub.sweepBefore('2026-07-01T00:00:00.000Z'), [madeIn(2)])
  }
})

test('a result of some members is not out of date because others have a newer one', async () => {
  await using hub = await openResults({ months: [1, 2, 3, 4], current: 4 })
  const { database } = hub
  const row = await database.selectFrom('run').selectAll().executeTakeFirstOrThrow()
  const [north, south] = ['run_0000000000000001', 'run_0000000000000002'] as const
  for (const [id, members] of [
    [north, '["north"]'],
    [south, '["south"]'],
  ] as const) {
    await database
      .insertInto('run')
      .values({ ...row, id, idempotency_key: id, only_members: members as never })
      .execute()
  }
  for (const [month, run] of [
    [1, north],
    [2, north],
    [3, south],
  ] as const)
    await database.updateTable('version').set({ run }).where('id', '=', madeIn(month)).execute()
  assert.deepEqual(await hub.sweepBefore('2030-01-01T00:00:00.000Z'), [2, 3, 4].map(madeIn))
})
