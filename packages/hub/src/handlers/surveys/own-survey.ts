import { digestOfContext } from '@consort/privacy'
import { type Id, Refusal, type SurveyRequest } from '@consort/protocol'
import type { HubContext, MemberCaller } from '../../context.ts'
import { type Attempt, isCollecting, readAttempt } from '../../sums/attempt.ts'
import { stillIn } from '../../sums/close-stage.ts'
import { openSurveys, readSurvey, type SurveyRecord } from '../../surveys/survey-record.ts'

/** The present attempt at an open survey, for a member that is in it. Throws `not-found` or `task-closed`. */
export async function ownAttempt(
  { database }: HubContext,
  caller: MemberCaller,
  id: Id<'survey'>,
): Promise<{ record: SurveyRecord; attempt: Attempt }> {
  const record = await readSurvey(database, id)
  const attempt = await readAttempt(database, id, 1)
  if (isAwaited(record, attempt, caller.name)) return { record, attempt }
  throw new Refusal('task-closed', 'The survey is over, or goes on without this member', {
    hint: 'Ask for the next task.',
  })
}

/** The same, while it is the attempt with this context. */
export async function attemptOf(
  context: HubContext,
  caller: MemberCaller,
  { survey, digest }: { survey: Id<'survey'>; digest: string },
): Promise<Attempt> {
  const { attempt } = await ownAttempt(context, caller, survey)
  if (digestOfContext(attempt.state.context) === digest) return attempt
  throw new Refusal('task-closed', 'Another attempt at this survey has begun', {
    hint: 'Ask for the next task.',
  })
}

/** The oldest survey that waits for a member. */
export async function surveyFor(
  { database }: HubContext,
  { name }: Pick<MemberCaller, 'name'>,
): Promise<SurveyRequest | null> {
  for (const record of await openSurveys(database)) {
    const attempt = await readAttempt(database, record.id, 1)
    if (!isAwaited(record, attempt, name)) continue
    const members = attempt.state.context.members.map(member => member.name)
    return { signed: record.signed, attempt: attempt.attempt, members }
  }
  return null
}

function isAwaited({ state, refusals }: SurveyRecord, attempt: Attempt, name: string): boolean {
  return (
    state === 'open' &&
    isCollecting(attempt.state) &&
    stillIn(attempt.state).includes(name) &&
    !refusals.some(refusal => refusal.name === name)
  )
}
