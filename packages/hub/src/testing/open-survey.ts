import { surveyContext } from '@consort/federation'
import { createKeyPair, digestOfJson, type Survey } from '@consort/protocol'
import type { DatabaseOptions } from '@consort/storage'
import { openAttempt } from '../sums/attempt-store.ts'
import { insertSurvey } from '../surveys/survey-store.ts'
import { openHubDatabase } from './open-hub-database.ts'

const digest = digestOfJson('x')

/** Questions to four partners, who have a second for each step. */
export const survey: Survey = {
  kind: 'survey',
  id: 'srv_0000000000000001',
  dataset: 'd',
  ...{ roster: digest, agreement: digest },
  questions: [{ kind: 'histogram', field: 'x', edges: [0, 1] }],
  ...{ rowsMax: 8, epsilon: 1, delta: 1e-6, withinMs: 1000 },
}

/** A hub's database with a survey that has just begun, in 1970. */
export async function openSurvey(options: DatabaseOptions = {}) {
  const hub = await openHubDatabase(options)
  const members = ['a', 'b', 'c', 'd'].map(name => ({ name, key: createKeyPair().publicKey }))
  await hub.database.transaction().execute(async transaction => {
    const signed = { document: survey, signatures: [] }
    await insertSurvey(transaction, { signed, idempotencyKey: 'k', now: new Date(0) })
    const context = surveyContext({ survey, attempt: 1, members })
    await openAttempt(transaction, survey.id, context, survey.withinMs)
  })
  return hub
}
