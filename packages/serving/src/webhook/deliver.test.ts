import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import test, { type TestContext } from 'node:test'
import type { Id } from '@consort/protocol'
import { migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { servingSchema } from '../migrations.ts'
import type { ServingTables } from '../tables.ts'
import { startDeliveries, type WebhookFetch } from './deliver.ts'
import { postWebhook } from './webhook-store.ts'

const entropy = { bytes: (count: number) => randomBytes(count) }

/** A test that waits in vain ends, and what it started with it. */
const within = { timeout: 60_000 }

/** An outbox in memory with one key, and a receiver that answers as told, one status a call (0: it does not answer). */
async function openOutbox(t: TestContext, statuses: number[]) {
  const database = await openTestDatabase<ServingTables>()
  await migrate(database, [servingSchema])
  await database
    .insertInto('access_key')
    .values(
      ['a', 'b'].map(name => ({
        ...{ id: `key_${name}` as const, name, digest: `sha256:${name}` as const },
        ...{ holder: 'application' as const, created: '' },
      })),
    )
    .execute()
  const sent: { url: string; id: string; body: string }[] = []
  const fetch: WebhookFetch = async (url, { headers, body }) => {
    sent.push({ url, id: headers['webhook-id']!, body })
    const status = statuses.shift() ?? 200
    if (status === 0) throw new TypeError('fetch failed')
    return { status }
  }
  const post = (body: string, url = 'https://app.example/', key: Id<'key'> = 'key_a') =>
    database
      .transaction()
      .execute(transaction => postWebhook(transaction, { key, url, body }, { entropy, now: new Date() }))
  const states = async () =>
    (await database.selectFrom('webhook').select(['state', 'attempts']).execute()).map(row => ({ ...row }))
  /** Delivers until `attempts` were made, by a clock that is `laterMs` ahead. */
  const deliver = async (attempts: number, delaysMs = [1, 1, 1], laterMs = 0) => {
    const ending = new AbortController()
    t.after(() => ending.abort())
    const enough = Promise.withResolvers<void>()
    let made = 0
    const onAttempt = () => {
      made += 1
      if (made === attempts) enough.resolve()
    }
    const setup = {
      database,
      secretOf: () => 'whsec_AAAA',
      fetch,
      now: () => new Date(Date.now() + laterMs),
      delaysMs,
      onAttempt,
    }
    const { done } = startDeliveries(setup, ending.signal)
    await enough.promise
    ending.abort()
    await done
  }
  return { database, sent, post, states, deliver, [Symbol.asyncDispose]: () => database.destroy() }
}

test('a message that is not taken is sent again as it was, until it is', within, async t => {
  await using outbox = await openOutbox(t, [500, 0, 302])
  await outbox.post('{"a":1}')
  await outbox.deliver(4)
  assert.deepEqual(await outbox.states(), [{ state: 'delivered', attempts: 4 }])
  assert.equal(new Set(outbox.sent.map(({ id, body }) => `${id} ${body}`)).size, 1)
})

test(
  'a message that comes due between two looks of the clock is not left until the next minute',
  within,
  async t => {
    await using outbox = await openOutbox(t, [])
    await outbox.post('{}')
    // A clock that goes on by a second each time it is read, from before the message is due.
    const [{ next_attempt: due }] = (await outbox.database
      .selectFrom('webhook')
      .select('next_attempt')
      .execute()) as [{ next_attempt: string }]
    let ms = Date.parse(due) - 1000
    const arrived = Promise.withResolvers<void>()
    const ending = new AbortController()
    t.after(() => ending.abort())
    const setup = {
      secretOf: () => 'whsec_AAAA',
      fetch: async () => ({ status: 200 }),
      onAttempt: () => arrived.resolve(),
    }
    const nextMoment = (): Date => {
      ms += 600
      return new Date(ms)
    }
    startDeliveries({ ...setup, database: outbox.database, now: nextMoment }, ending.signal)
    await arrived.promise
  },
)

test('after the last delay a message is given up, and one that is gone at once', within, async t => {
  await using outbox = await openOutbox(t, [500, 500, 500, 410])
  await outbox.post('{}')
  await outbox.deliver(3, [1, 1])
  assert.deepEqual(await outbox.states(), [{ state: 'given-up', attempts: 3 }])
  await outbox.post('{}')
  await outbox.deliver(1)
  assert.equal(outbox.sent.length, 4)
})

test('whoever takes the outbox over delivers what was left in it, and nothing twice', within, async t => {
  await using outbox = await openOutbox(t, [200, 500])
  await outbox.post('first')
  await outbox.post('second')
  await outbox.deliver(2, [600_000])
  const left = (await outbox.states()).filter(({ state }) => state === 'waiting')
  assert.equal(left.length, 1)
  await outbox.deliver(1, undefined, 600_000)
  assert.equal(outbox.sent.length, 3)
  assert.ok((await outbox.states()).every(({ state }) => state === 'delivered'))
})

test('waking looks into the outbox at once', within, async t => {
  await using outbox = await openOutbox(t, [])
  const ending = new AbortController()
  t.after(() => ending.abort())
  const arrived = Promise.withResolvers<void>()
  const { wake, done } = startDeliveries(
    {
      database: outbox.database,
      secretOf: () => 'whsec_AAAA',
      fetch: async () => ({ status: 200 }),
      now: () => new Date(),
      onAttempt: () => arrived.resolve(),
    },
    ending.signal,
  )
  await new Promise(resolve => setTimeout(resolve, 20)) // it has found nothing and sleeps for a minute
  await outbox.post('{}')
  wake()
  await arrived.promise
  ending.abort()
  await done
})

/** Delivers to receivers that hang and others, until so many messages have arrived; returns what was under way at most. */
async function deliverPast(outbox: Awaited<ReturnType<typeof openOutbox>>, arrivals: number) {
  const ending = new AbortController()
  const arrived = Promise.withResolvers<void>()
  const bodies: string[] = []
  const [hanging, most] = [new Map<string, number>(), new Map<string, number>()]
  const { done } = startDeliveries(
    {
      database: outbox.database,
      secretOf: () => 'whsec_AAAA',
      now: () => new Date(),
      fetch: async (url, { body, signal }) => {
        if (!url.includes('hangs')) {
          bodies.push(body)
          if (bodies.length === arrivals) arrived.resolve()
          return { status: 200 }
        }
        hanging.set(url, (hanging.get(url) ?? 0) + 1)
        most.set(url, Math.max(most.get(url) ?? 0, hanging.get(url)!))
        return await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      },
    },
    ending.signal,
  )
  await arrived.promise
  ending.abort()
  await done
  return { bodies, most: Object.fromEntries(most) }
}

test('a receiver that hangs holds up nobody else', { timeout: 60_000 }, async t => {
  await using outbox = await openOutbox(t, [])
  for (let message = 0; message < 20; message++) await outbox.post(`${message}`, 'https://hangs.example/')
  for (const body of ['a', 'b', 'c']) await outbox.post(body)
  const { bodies, most } = await deliverPast(outbox, 3)
  assert.deepEqual(bodies.toSorted(), ['a', 'b', 'c'])
  assert.deepEqual(most, { 'https://hangs.example/': 2 })
})

test('an application with many receivers that hang holds up no other application', {
  timeout: 60_000,
}, async t => {
  await using outbox = await openOutbox(t, [])
  for (let message = 0; message < 300; message++)
    await outbox.post(`${message}`, `https://hangs.example/${message}`)
  await outbox.post('theirs', undefined, 'key_b')
  const { bodies, most } = await deliverPast(outbox, 1)
  assert.deepEqual(bodies, ['theirs'])
  assert.equal(Object.keys(most).length, 8)
})
