import { digestOfContext } from '@consort/privacy'
import { type Id, Refusal, type SurveyRequest } from '@consort/protocol'
import { type Attempt, readAttempt } from '../sums/attempt-store.ts'
import { isCollecting, stillIn } from '../sums/stage.ts'
import type { HubDatabase } from '../tables/hub-tables.ts'
import { openSurveys, readSurvey, type SurveyRecord } from './survey-store.ts'

type SurveyAttempt = Attempt<Id<'survey'>>

/** Reads an open survey and its current attempt, for a member that is in it. Throws `not-found` or `task-closed`. */
export async function ownAttempt(
  database: HubDatabase,
  name: string,
  id: Id<'survey'>,
): Promise<{ record: SurveyRecord; attempt: SurveyAttempt }> {
  const record = await readSurvey(database, id)
  if (record.state === 'open') {
    const attempt = await readAttempt(database, id, 1)
    if (isAwaited(record, attempt, name)) return { record, attempt }
  }
  throw new Refusal('task-closed', 'The survey is over, or goes on without this member', {
    hint: 'Ask for the next task.',
  })
}

/** Reads the current attempt while it is the one with this context. Throws `not-found` or `task-closed`. */
export async function attemptOf(
  database: HubDatabase,
  name: string,
  { survey, digest }: { survey: Id<'survey'>; digest: string },
): Promise<SurveyAttempt> {
  const { attempt } = await ownAttempt(database, name, survey)
  if (digestOfContext(attempt.state.context) === digest) return attempt
  throw new Refusal('task-closed', 'Another attempt at this survey has begun', {
    hint: 'Ask for the next task.',
  })
}

/** Finds the oldest survey that waits for a member. */
export async function surveyFor(database: HubDatabase, name: string): Promise<SurveyRequest | null> {
  for (const record of await openSurveys(database)) {
    const attempt = await readAttempt(database, record.id, 1)
    if (!isAwaited(record, attempt, name)) continue
    const members = attempt.state.context.members.map(member => member.name)
    return { signed: record.signed, attempt: attempt.attempt, members }
  }
  return null
}

function isAwaited({ state, refusals }: SurveyRecord, attempt: SurveyAttempt, name: string): boolean {
  return (
    state === 'open' &&
    isCollecting(attempt.state) &&
    stillIn(attempt.state).includes(name) &&
    !refusals.some(refusal => refusal.name === name)
  )
}
