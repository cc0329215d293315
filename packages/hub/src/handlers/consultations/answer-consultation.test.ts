import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOfJson, type Id } from '@consort/protocol'
import { createWaitingRoom } from '@consort/protocol/waiting-room'
import { findConsultation, insertConsultation } from '../../consultations/consultation-store.ts'
import { openHubDatabase } from '../../testing/open-hub-database.ts'
import type { HubTopic } from '../../topics.ts'
import { answerConsultation } from './answer-consultation.ts'

test('whoever waits for an answer is told when it has come', async t => {
  await using hub = await openHubDatabase()
  const { database, caller } = hub
  const waiting = createWaitingRoom<HubTopic>()
  t.after(() => waiting.close())
  const id: Id<'consultation'> = 'con_0000000000000001'
  const sides = { asker: caller.id, answerer: caller.id }
  const question = { id, ...sides, digest: digestOfJson('question'), sealed: 'QUESTION', expires: 1000 }
  await database.transaction().execute(transaction => insertConsultation(transaction, question))
  const look = async () => {
    const found = await findConsultation(database, id)
    return found?.state === 'answered' ? found.sealed : undefined
  }
  const poll = waiting.until([id], look, { seconds: 3600 })
  const answer = answerConsultation({ database, now: () => new Date(0), waiting })
  await answer({ params: { consultation: id }, body: { sealed: 'ANSWER' }, caller } as never)
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
  waiting.close()
  assert.equal(await poll, 'ANSWER')
})
