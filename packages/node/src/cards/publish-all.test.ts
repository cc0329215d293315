import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { createKeyPair, type DataCard, Refusal, type RefusalCode } from '@consort/protocol'
import { eventSchema, migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { pino } from 'pino'
import { createOneAtATime } from '../concurrency/one-at-a-time.ts'
import { findByCard, keepInstead, type RegisteredDataset } from '../datasets/dataset-store.ts'
import { privacyPolicySchema } from '../policy/privacy-policy.ts'
import { type NodeAndReviewTables, nodeSchema } from '../tables/node-tables.ts'
import type { CardContext } from './context.ts'
import { publishAll } from './publish.ts'

function cardOf(id: DataCard['id'], dataset: string): RegisteredDataset {
  const card: DataCard = {
    kind: 'data-card',
    id,
    member: 'mem_0000000000000000',
    dataset,
    role: 'train',
    contents: { kind: 'table', columns: ['x'] },
    trainExamples: 1,
    evaluationExamples: 1,
  }
  return {
    id,
    dataset,
    source: { kind: 'csv', path: '/rows.csv', label: 'state', missing: [] },
    validation: 0.2,
    digest: `sha256:${dataset}`,
    unitsDigest: null,
    signedCard: { document: card, signatures: [] },
    schema: null,
    signedStatistics: null,
    cases: 0,
    noised: null,
    isPublished: false,
    registered: '2026-01-01T00:00:00.000Z',
  }
}

type Answer = (card: DataCard) => void

async function openCards(t: TestContext, answer: Answer) {
  const database = await openTestDatabase<NodeAndReviewTables>()
  t.after(() => database.destroy())
  await migrate(database, [eventSchema, nodeSchema])
  for (const card of [cardOf('crd_0000000000000001', 'first'), cardOf('crd_0000000000000002', 'second')])
    await database.transaction().execute(transaction => keepInstead(transaction as never, card))
  const logged: string[] = []
  const context = {
    database,
    key: createKeyPair(),
    log: pino({ level: 'warn' }, { write: (line: string) => logged.push(line) }),
    now: () => new Date(),
    policy: { read: () => ({ privacy: privacyPolicySchema.parse({}) }) },
    tellInTurn: createOneAtATime(),
    refused: new Map(),
    call: async (_: unknown, { body }: { body: { document: DataCard } }) => answer(body.document),
  } as unknown as CardContext
  const isSecondTold = async () =>
    (await findByCard(database as never, 'crd_0000000000000002'))?.isPublished === true
  return { context, logged, isSecondTold }
}

const overFirst =
  (code: RefusalCode): Answer =>
  ({ dataset }) => {
    if (dataset === 'first') throw new Refusal(code, 'Not this one')
  }

test('a card that the hub fails over keeps no other card from being told', async t => {
  const { context, isSecondTold } = await openCards(t, overFirst('internal'))
  await assert.rejects(publishAll(context), { code: 'internal' })
  assert.equal(await isSecondTold(), true)
})

test('a hub that cannot be reached is not asked once more for each card', async t => {
  const { context, isSecondTold } = await openCards(t, overFirst('unreachable'))
  await assert.rejects(publishAll(context), { code: 'unreachable' })
  assert.equal(await isSecondTold(), false)
})

test('a card that is refused is logged once, and sent again only where that may help', async t => {
  for (const [code, times] of [
    ['state-conflict', 1],
    ['agreement-refused', 3],
  ] as const) {
    let sent = 0
    const { context, logged, isSecondTold } = await openCards(t, card => {
      if (card.dataset === 'first') sent += 1
      overFirst(code)(card)
    })
    for (let look = 0; look < 3; look++) await publishAll(context)
    assert.deepEqual([sent, logged.length, await isSecondTold()], [times, 1, true], code)
  }
})

test('a card whose source cannot be read is logged once, and keeps no other card from being told', async t => {
  const { context, logged, isSecondTold } = await openCards(t, () => {})
  const source = JSON.stringify({ kind: 'from-a-newer-version' })
  await context.database
    .updateTable('dataset')
    .set({ source: source as never })
    .where('dataset', '=', 'first')
    .execute()
  await publishAll(context)
  await publishAll(context)
  assert.equal(await isSecondTold(), true)
  assert.equal(logged.length, 1)
  assert.match(logged[0]!, /data set first/)
})
