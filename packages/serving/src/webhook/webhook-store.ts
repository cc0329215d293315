import { createId, type Entropy, type Id } from '@consort/protocol'
import type { Kysely, Transaction } from 'kysely'
import type { ServingTables } from '../tables.ts'
import type { AfterAttempt } from './next-attempt.ts'

/** A message whose time has come. */
export interface Webhook {
  readonly id: Id<'message'>
  /** Whose secret signs it. */
  readonly key: Id<'key'>
  readonly url: string
  readonly body: string
  /** Those that were made already. */
  readonly attempts: number
}

/** Puts a message into the outbox, in the transaction of what it tells: both survive or neither. */
export async function postWebhook(
  transaction: Transaction<ServingTables>,
  { key, url, body }: { key: Id<'key'>; url: string; body: string },
  { entropy, now }: { entropy: Entropy; now: Date },
): Promise<void> {
  const at = now.toISOString()
  await transaction
    .insertInto('webhook')
    .values({
      id: createId('message', entropy),
      access_key: key,
      url,
      body,
      state: 'waiting',
      attempts: 0,
      next_attempt: at,
      created: at,
    })
    .execute()
}

/** Messages that cannot be sent at the moment, to which addresses and in whose name none can, and how many others. */
export interface HeldWebhooks {
  readonly ids: readonly Webhook['id'][]
  readonly urls: readonly string[]
  readonly keys: readonly Webhook['key'][]
  readonly limit: number
}

/** Messages whose time has come and that are not held, the longest overdue first. */
export async function dueWebhooks(
  database: Kysely<ServingTables>,
  now: Date,
  { ids, urls, keys, limit }: HeldWebhooks,
): Promise<Webhook[]> {
  return await database
    .selectFrom('webhook')
    .select(['id', 'access_key as key', 'url', 'body', 'attempts'])
    .where('state', '=', 'waiting')
    .where('next_attempt', '<=', now.toISOString())
    .where('id', 'not in', ids)
    .where('url', 'not in', urls)
    .where('access_key', 'not in', keys)
    .orderBy('next_attempt')
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** When the next message will be due; undefined when none will. */
export async function nextWebhookAt(database: Kysely<ServingTables>, now: Date): Promise<Date | undefined> {
  const row = await database
    .selectFrom('webhook')
    .select('next_attempt')
    .where('state', '=', 'waiting')
    .where('next_attempt', '>', now.toISOString())
    .orderBy('next_attempt')
    .limit(1)
    .executeTakeFirst()
  return row && new Date(row.next_attempt)
}

/** How many messages have not arrived yet. */
export async function waitingWebhooks(database: Kysely<ServingTables>): Promise<number> {
  const { count } = await database
    .selectFrom('webhook')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('state', '=', 'waiting')
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Notes what an attempt came to. */
export async function noteAttempt(
  database: Kysely<ServingTables>,
  { id, attempts }: Pick<Webhook, 'id' | 'attempts'>,
  after: AfterAttempt,
  now: Date,
): Promise<void> {
  const inMs = after.state === 'waiting' ? after.inMs : 0
  await database
    .updateTable('webhook')
    .set({
      state: after.state,
      attempts: attempts + 1,
      next_attempt: new Date(now.getTime() + inMs).toISOString(),
    })
    .where('id', '=', id)
    .execute()
}
