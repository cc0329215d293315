import assert from 'node:assert/strict'
import test from 'node:test'
import { migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { servingSchema } from '../migrations.ts'
import type { ServingTables } from '../tables.ts'
import { dueWebhooks, nextWebhookAt, noteAttempt, postWebhook, waitingWebhooks } from './webhook-store.ts'

const atMs = (ms: number): Date => new Date(Date.UTC(2026, 0, 1) + ms)
let draws = 0
const entropy = { bytes: (length: number) => new Uint8Array(length).fill(++draws) }

/** Nothing is held, and so many may go. */
const held = (limit: number) => ({ ids: [], urls: [], keys: [], limit })

/** Messages that were put into the outbox at these moments; each says in its body which one it is. */
async function openOutbox(...postedMs: number[]) {
  const database = await openTestDatabase<ServingTables>()
  await migrate(database, [servingSchema])
  await database
    .insertInto('access_key')
    .values({ id: 'key_a', name: 'app', holder: 'application', digest: 'sha256:0', created: '' })
    .execute()
  for (const ms of postedMs) {
    const message = { key: 'key_a', url: 'https://app.example/', body: String(ms) } as const
    await database
      .transaction()
      .execute(transaction => postWebhook(transaction, message, { entropy, now: atMs(ms) }))
  }
  const due = async (ms: number, limit = 10) =>
    (await dueWebhooks(database, atMs(ms), held(limit))).map(({ body }) => Number(body))
  return { database, due, [Symbol.asyncDispose]: () => database.destroy() }
}

test('a message is due from its very moment on; the longest overdue come first, so many at once', async () => {
  await using outbox = await openOutbox(30, 10, 40, 20)
  assert.deepEqual(await outbox.due(9), [])
  assert.deepEqual(await outbox.due(10), [10])
  assert.deepEqual(await outbox.due(39), [10, 20, 30])
  assert.deepEqual(await outbox.due(40, 2), [10, 20])
  assert.deepEqual(await nextWebhookAt(outbox.database, atMs(0)), atMs(10))
})

test('what was delivered or given up is never due again, what waits is due after its pause', async () => {
  await using outbox = await openOutbox(1, 2, 3)
  const { database } = outbox
  const [first, second, third] = await dueWebhooks(database, atMs(3), held(10))
  await noteAttempt(database, first!, { state: 'delivered' }, atMs(3))
  await noteAttempt(database, second!, { state: 'given-up' }, atMs(3))
  await noteAttempt(database, third!, { state: 'waiting', inMs: 5 }, atMs(3))
  assert.deepEqual([await outbox.due(7), await outbox.due(8)], [[], [3]])
  assert.equal(await waitingWebhooks(database), 1)
  assert.deepEqual(await nextWebhookAt(database, atMs(3)), atMs(8))
  assert.deepEqual(
    (await dueWebhooks(database, atMs(8), held(10))).map(({ attempts }) => attempts),
    [1],
  )
})
