import assert from 'node:assert/strict'
import test from 'node:test'
import type { Id } from '@consort/protocol'
import { openSurvey, survey } from '../testing/open-survey.ts'
import { insertSurvey, surveyWithKey } from './survey-store.ts'

test('of two surveys under one key the first is kept, and the second learns that it came second', async () => {
  await using hub = await openSurvey()
  const { database } = hub
  const insert = (id: Id<'survey'>, idempotencyKey: string): Promise<boolean> => {
    const signed = { document: { ...survey, id }, signatures: [] }
    return database
      .transaction()
      .execute(transaction => insertSurvey(transaction, { signed, idempotencyKey, created: new Date(0) }))
  }
  assert.equal(await insert('srv_0000000000000002', 'k'), false)
  assert.equal((await surveyWithKey(database, 'k'))?.id, survey.id)
  assert.equal(await insert('srv_0000000000000003', 'another key'), true)
})
