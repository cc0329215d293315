import assert from 'node:assert/strict'
import test from 'node:test'
import type { Id } from '@consort/protocol'
import { openSurvey, survey } from '../testing/open-survey.ts'
import { changeSurvey, doneSurveys, insertSurvey, listSurveys, surveyWithKey } from './survey-store.ts'

test('of two surveys under one key the first is kept, and the second learns that it came second', async () => {
  await using hub = await openSurvey()
  const { database } = hub
  const insert = (id: Id<'survey'>, idempotencyKey: string): Promise<boolean> => {
    const signed = { document: { ...survey, id }, signatures: [] }
    return database
      .transaction()
      .execute(transaction => insertSurvey(transaction, { signed, idempotencyKey, now: new Date(0) }))
  }
  assert.equal(await insert('srv_0000000000000002', 'k'), false)
  assert.equal((await surveyWithKey(database, 'k'))?.id, survey.id)
  assert.equal(await insert('srv_0000000000000003', 'another key'), true)
})

test('a survey that is started after the clock was set back is listed first, and answers first', async () => {
  await using hub = await openSurvey()
  const { database } = hub
  const day = 86_400_000
  const started = ['srv_000000000000000c', 'srv_000000000000000b', 'srv_000000000000000a'] as const
  for (const [index, id] of started.entries()) {
    const signed = { document: { ...survey, id }, signatures: [] }
    const now = new Date((3 - index) * day)
    await database.transaction().execute(async transaction => {
      await insertSurvey(transaction, { signed, idempotencyKey: id, now })
      await changeSurvey(transaction, id, { state: 'done', ended: now.toISOString() })
    })
  }
  const newestFirst = started.toReversed()
  assert.deepEqual(
    (await listSurveys(database)).map(({ id }) => id),
    [...newestFirst, survey.id],
  )
  assert.deepEqual(
    (await doneSurveys(database, survey.dataset)).map(({ id }) => id),
    newestFirst,
  )
})
