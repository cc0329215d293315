import assert from 'node:assert/strict'
import test from 'node:test'
import { migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { servingSchema } from '../migrations.ts'
import type { ServingTables } from '../tables.ts'
import { sweepWebhooks } from './sweep-webhooks.ts'

test('messages that are over go some time after their last attempt; one that waits stays, however old', async () => {
  await using database = await openTestDatabase<ServingTables>()
  await migrate(database, [servingSchema])
  await database
    .insertInto('access_key')
    .values({ id: 'key_a', name: 'app', holder: 'application', digest: 'sha256:0', created: '' })
    .execute()
  const message = (id: string, state: 'waiting' | 'delivered' | 'given-up', day: number) => ({
    ...{ id: `msg_${id}` as const, access_key: 'key_a' as const, url: '', body: id, state, attempts: 1 },
    ...{ created: '', next_attempt: new Date(Date.UTC(2026, 0, day)).toISOString() },
  })
  const many = Array.from({ length: 1200 }, (_, index) => message(`old-${index}`, 'delivered', 1))
  for (const row of [
    ...many,
    message('given', 'given-up', 1),
    message('wait', 'waiting', 1),
    message('new', 'delivered', 3),
  ])
    await database.insertInto('webhook').values(row).execute()
  const gone: number[] = []
  for await (const count of sweepWebhooks(database, new Date(Date.UTC(2026, 0, 2)))) gone.push(count)
  assert.deepEqual(gone, [500, 500, 200, 1])
  const left = await database.selectFrom('webhook').select('body').orderBy('body').execute()
  assert.deepEqual(
    left.map(({ body }) => body),
    ['new', 'wait'],
  )
})
