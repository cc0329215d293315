import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOfBytes } from '@consort/protocol'
import { migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { type ConsultationTables, consultationSchema } from '../tables/consultation-tables.ts'
import { answerQuestion } from './answer-question.ts'
import { findAsked, keepSealed, markDelivered } from './answer-store.ts'

const id = 'con_0000000000000001'
const question = { id, from: 'mem_0000000000000001', sealed: 'UVVF' } as const
const asked = {
  id,
  partner: 'b',
  agent: 'triage',
  day: '2024-03-31',
  question: digestOfBytes(Buffer.from(question.sealed, 'base64url')),
} as const

/** A node that has an answer written down and then starts again; it can make no new one. */
async function startAgain() {
  const database = await openTestDatabase<ConsultationTables>()
  await migrate(database as never, [consultationSchema])
  await database.transaction().execute(trx => keepSealed(trx, asked, { sealed: 'SEALED', price: 3 }))
  const sent: unknown[] = []
  const context = {
    database,
    call: async (_: unknown, { body }: { body: unknown }) => void sent.push(body),
    terms: () => assert.fail('the question is opened anew'),
  }
  const answer = () => assert.fail('the agent is asked anew')
  return {
    database,
    sent,
    hear: () =>
      answerQuestion(context as never, {
        answer,
        question: question as never,
        signal: new AbortController().signal,
      }),
    [Symbol.asyncDispose]: () => database.destroy(),
  }
}

test('an answer that was written down and not delivered is sent when the node has started again, as it was', async () => {
  await using node = await startAgain()
  await node.hear()
  assert.deepEqual(node.sent, [{ sealed: 'SEALED' }])
  assert.equal((await findAsked(node.database, id))!.isDelivered, true)
})

test('an answer that a hub has lost is sent again, as it was', async () => {
  await using node = await startAgain()
  await markDelivered(node.database, id, 'taken')
  await node.hear()
  assert.deepEqual(node.sent, [{ sealed: 'SEALED' }])
})
