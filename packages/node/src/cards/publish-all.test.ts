import assert from 'node:assert/strict'
import test from 'node:test'
import { createKeyPair, type DataCard, Refusal } from '@consort/protocol'
import { eventSchema, migrate, openSqlite } from '@consort/storage'
import { pino } from 'pino'
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
    signedCard: { document: card, signatures: [] },
    schema: null,
    signedStatistics: null,
    cases: 0,
    noised: null,
    isPublished: false,
    registered: '2026-01-01T00:00:00.000Z',
  }
}

test('a card that the hub fails over keeps no other card from being told', async t => {
  const database = openSqlite<NodeAndReviewTables>(':memory:')
  t.after(() => database.destroy())
  await migrate(database, [eventSchema, nodeSchema])
  const cards = [cardOf('crd_0000000000000001', 'first'), cardOf('crd_0000000000000002', 'second')]
  for (const card of cards)
    await database.transaction().execute(transaction => keepInstead(transaction as never, card))
  const context = {
    database,
    key: createKeyPair(),
    log: pino({ level: 'silent' }),
    now: () => new Date(),
    policy: { read: () => ({ privacy: privacyPolicySchema.parse({}) }) },
    tellInTurn: (work: () => Promise<unknown>) => work(),
    call: async (_: unknown, { body }: { body: { document: DataCard } }) => {
      if (body.document.dataset === 'first') throw new Refusal('internal', 'A fault of the hub')
    },
  } as unknown as CardContext
  await assert.rejects(publishAll(context), { code: 'internal' })
  const second = await findByCard(database as never, 'crd_0000000000000002')
  assert.equal(second?.isPublished, true)
})
