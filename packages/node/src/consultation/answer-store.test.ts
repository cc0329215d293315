import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOfJson } from '@consort/protocol'
import { migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { type ConsultationTables, consultationSchema } from '../tables/consultation-tables.ts'
import {
  countAsked,
  findAsked,
  forgetSealedBefore,
  keepCounted,
  keepSealed,
  markDelivered,
} from './answer-store.ts'

const [question, yesterday, today] = [digestOfJson('question'), '2024-03-30', '2024-03-31']
const asked = { id: 'con_0000000000000001', partner: 'b', agent: 'triage', question, day: yesterday } as const

async function openAnswers() {
  const database = await openTestDatabase<ConsultationTables>()
  await migrate(database as never, [consultationSchema])
  return {
    database,
    find: () => findAsked(database, asked.id),
    keep: () => database.transaction().execute(trx => keepSealed(trx, asked, { sealed: 'AAAA', price: 3 })),
    [Symbol.asyncDispose]: () => database.destroy(),
  }
}

test('an answer that the hub has not taken is kept, however old; one that it has taken is forgotten after its day', async () => {
  await using answers = await openAnswers()
  const { database, find } = answers
  await answers.keep()
  await forgetSealedBefore(database, today)
  assert.deepEqual(await find(), { question, sealed: 'AAAA', isDelivered: false })
  await markDelivered(database, asked.id, 'taken')
  await forgetSealedBefore(database, yesterday)
  assert.deepEqual(await find(), { question, sealed: 'AAAA', isDelivered: true })
  await forgetSealedBefore(database, today)
  assert.deepEqual(await find(), { question, sealed: null, isDelivered: true })
})

test('the questions that count are those of one partner to one agent on one day', async () => {
  await using answers = await openAnswers()
  const { database } = answers
  const counted = [
    asked,
    { ...asked, id: 'con_0000000000000002' },
    { ...asked, id: 'con_0000000000000003', partner: 'c' },
    { ...asked, id: 'con_0000000000000004', agent: 'other' },
    { ...asked, id: 'con_0000000000000005', day: today },
  ] as const
  await database.transaction().execute(async transaction => {
    for (const one of counted) await keepCounted(transaction, one)
    const declined = { ...asked, id: 'con_0000000000000006' } as const
    await keepSealed(transaction, declined, { sealed: 'AAAA', price: 0 })
  })
  assert.equal(await countAsked(database, asked), 2)
})
