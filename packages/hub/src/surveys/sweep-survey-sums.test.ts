import assert from 'node:assert/strict'
import test from 'node:test'
import { openSurvey, survey } from '../testing/open-survey.ts'
import { ownAttempt } from './own-survey.ts'
import { changeSurvey } from './survey-store.ts'
import { sweepSurveySums } from './sweep-survey-sums.ts'

test('the attempts at a survey’s sum go some time after it ended, and who still asks is told that it is over', async () => {
  await using hub = await openSurvey()
  const { database } = hub
  const left = async (before: number) => {
    for await (const _ of sweepSurveySums(database, new Date(before)));
    return (await database.selectFrom('aggregation').selectAll().execute()).length
  }
  assert.equal(await left(Date.UTC(2030, 0)), 1, 'it goes on')
  const change = { state: 'failed', reason: 'x', ended: new Date(1000).toISOString() } as const
  await database.transaction().execute(transaction => changeSurvey(transaction, survey.id, change))
  assert.equal(await left(1000), 1)
  assert.equal(await left(1001), 0)
  await assert.rejects(ownAttempt(database, 'a', survey.id), { code: 'task-closed' })
})
