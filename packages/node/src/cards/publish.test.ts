import assert from 'node:assert/strict'
import test from 'node:test'
import { type Caller, createKeyPair, type DataCard, Refusal } from '@consort/protocol'
import { reviewSchema } from '@consort/review'
import { eventSchema, migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { pino } from 'pino'
import { createOneAtATime } from '../concurrency/one-at-a-time.ts'
import { findByCard, keepInstead, type RegisteredDataset } from '../datasets/dataset-store.ts'
import { privacyPolicySchema } from '../policy/privacy-policy.ts'
import { type NodeAndReviewTables, nodeSchema } from '../tables/node-tables.ts'
import { registered } from '../testing/registered-dataset.ts'
import type { CardContext } from './context.ts'
import { publish, publishAll } from './publish.ts'

const key = createKeyPair()
const at = '2026-01-01T00:00:00.000Z'

/** A node without budgets, and a hub that hears of cards; `hear` says what it answers. */
async function openCards(hear: (examples: number) => Promise<void> = async () => {}) {
  const database = await openTestDatabase<NodeAndReviewTables>()
  await migrate(database, [eventSchema, nodeSchema, reviewSchema])
  const heard: number[] = []
  const call = (async (_: unknown, { body }: { body: { document: DataCard } }) => {
    heard.push(body.document.trainExamples)
    await hear(body.document.trainExamples)
  }) as unknown as Caller
  const context = {
    refused: new Map(),
    ...{ database, call, key, log: pino({ level: 'silent' }), tellInTurn: createOneAtATime() },
    policy: { read: () => ({ privacy: privacyPolicySchema.parse({}) }) },
    now: () => new Date(at),
  } as unknown as CardContext
  const keep = async (row: RegisteredDataset): Promise<RegisteredDataset> => {
    await database.transaction().execute(transaction => keepInstead(transaction, row))
    return row
  }
  const isPublished = async ({ id }: RegisteredDataset) => (await findByCard(database, id))!.isPublished
  return { context, keep, heard, isPublished, [Symbol.asyncDispose]: () => database.destroy() }
}

test('a card counts as told once the hub has answered, and one that it refuses holds up no other', async () => {
  let answer = async (): Promise<void> => {
    throw new Refusal('unreachable', 'the hub is away')
  }
  await using cards = await openCards(examples =>
    examples === 1 ? Promise.reject(new Refusal('not-allowed', 'no')) : answer(),
  )
  const [refused, taken] = [await cards.keep(registered('a', 1)), await cards.keep(registered('b', 2))]
  await assert.rejects(publishAll(cards.context), { code: 'unreachable' })
  assert.deepEqual([await cards.isPublished(refused), await cards.isPublished(taken)], [false, false])
  answer = async () => assert.equal(await cards.isPublished(taken), false, 'it has not answered yet')
  await publishAll(cards.context)
  assert.deepEqual([await cards.isPublished(refused), await cards.isPublished(taken)], [false, true])
  await publishAll(cards.context)
  assert.deepEqual(cards.heard, [1, 2, 2], 'what the hub refuses for good is not sent again')
})

/** Somebody who waits for as long as it takes. */
const endless = ({ context }: { context: CardContext }) => ({ call: context.call, leftMs: () => 2 ** 31 - 1 })

test('the latest card is told last, and one that is no longer current is not told', async () => {
  const [reached, going] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  await using cards = await openCards(async examples => {
    reached.resolve()
    if (examples === 1) await going.promise
  })
  const first = await cards.keep(registered('a', 1))
  const telling = publish(cards.context, first, endless(cards))
  await reached.promise
  const second = await cards.keep(registered('a', 2))
  const tellings = [telling, publish(cards.context, second, endless(cards))]
  const third = await cards.keep(registered('a', 3))
  tellings.push(publish(cards.context, third, endless(cards)))
  await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(cards.heard, [1], 'the others wait for the hub’s answer')
  going.resolve()
  await Promise.all(tellings)
  assert.deepEqual(cards.heard, [1, 3])
  assert.deepEqual(await Promise.all([second, third].map(cards.isPublished)), [false, true])
})
