import { surveyContext } from '@consort/federation'
import { membersMin, type Opened } from '@consort/privacy'
import { type Id, isRefusal } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import { rosterInForce } from '../documents/roster.ts'
import { listMembers } from '../members/member-store.ts'
import { isOnline } from '../members/members-with-cards.ts'
import { type Attempt, openAttempt, readAttempt } from '../sums/attempt-store.ts'
import { closeDueStage } from '../sums/close-stage.ts'
import type { SurveyContext } from './context.ts'
import { openAnswers } from './open-answers.ts'
import { keyOf } from './roster-key.ts'
import { deleteInputs } from './survey-input-store.ts'
import { changeSurvey, inputScope, readSurvey, type SurveyRecord } from './survey-store.ts'

const attemptsMax = 3

/** What going on with a survey takes. */
export type PursueContext = Omit<SurveyContext, 'pursue'>

/**
 * Does the next thing that a survey allows without waiting; returns false when there is none. Of one that has ended it
 * removes the masked answers.
 */
export async function pursueSurvey(context: PursueContext, id: Id<'survey'>): Promise<boolean> {
  const survey = await readSurvey(context.database, id)
  if (survey.state !== 'open') {
    await context.blobs.removeScope(inputScope(id)) // nothing of the answers is kept
    return false
  }
  const attempt = await readAttempt(context.database, id, 1)
  switch (attempt.state.stage) {
    case 'discarded':
      return await tryAgain(context, survey, attempt, attempt.state.why)
    case 'opened':
      return await finish(context, survey, attempt.state)
    default:
      return await closeDueStage(context, attempt, {
        inputsMs: survey.survey.withinMs,
        away: survey.refusals.map(({ name }) => name),
        leaveOut: async () => {},
        opened: async () => {},
      })
  }
}

/** Ends a survey for a fault that nobody can mend. Returns false when it had ended. */
export async function failSurvey(
  context: PursueContext,
  { id }: Pick<SurveyRecord, 'id'>,
  reason: string,
): Promise<boolean> {
  return await end(context, id, { state: 'failed', reason })
}

/**
 * New keys for those who are left, unless shares were opened: then two sums over the same answers could be
 * compared.
 */
async function tryAgain(
  context: PursueContext,
  record: SurveyRecord,
  { state, attempt, isOpened }: Attempt,
  why: string,
): Promise<boolean> {
  const members = isOpened ? [] : await membersLeft(context, record, state.context.members)
  if (attempt >= attemptsMax || members.length < membersMin)
    return await failSurvey(context, record, reasonOf(record, why))
  const { survey, id } = record
  const next = surveyContext({ survey, attempt: attempt + 1, members })
  await context.database.transaction().execute(async transaction => {
    if (!(await changeSurvey(transaction, id, { reason: why }))) return
    await openAttempt(transaction, id, next, context.now().getTime() + survey.withinMs)
  })
  context.waiting.announce(`aggregation ${id}`)
  context.waiting.announce('tasks')
  return true
}

async function membersLeft(
  { database, now }: Pick<SurveyContext, 'database' | 'now'>,
  { refusals }: SurveyRecord,
  before: readonly { readonly name: string }[],
) {
  const roster = await rosterInForce(database)
  const members = await listMembers(database)
  return before
    .filter(({ name }) => !refusals.some(refusal => refusal.name === name))
    .filter(({ name }) => members.some(member => member.name === name && isOnline(member, now())))
    .map(({ name }) => ({ name, key: keyOf(roster, name) }))
}

function reasonOf({ refusals }: SurveyRecord, why: string): string {
  const out = refusals.map(({ name, code }) => `${name} stays out (${code})`)
  return [why, ...out].join('; ')
}

async function finish(
  context: PursueContext,
  { id, survey }: SurveyRecord,
  opened: Opened,
): Promise<boolean> {
  try {
    const answers = await openAnswers(context, survey, opened)
    return await end(context, id, { state: 'done', reason: '', members: opened.survivors, answers })
  } catch (error) {
    if (isRefusal(error, 'update-shape') || isRefusal(error, 'input-invalid'))
      return await failSurvey(context, { id }, error.message)
    throw error
  }
}

async function end(
  context: PursueContext,
  id: Id<'survey'>,
  change: Pick<SurveyRecord, 'state' | 'reason'> & Partial<Pick<SurveyRecord, 'members' | 'answers'>>,
): Promise<boolean> {
  const isChanged = await context.database.transaction().execute(async transaction => {
    const ended = context.now().toISOString()
    if (!(await changeSurvey(transaction, id, { ...change, ended }))) return false
    await deleteInputs(transaction, id)
    const { state, reason, members = [] } = change
    await appendEvent(context, transaction, {
      kind: 'survey-ended',
      body: { survey: id, state, reason, members: [...members] },
    })
    return true
  })
  context.waiting.announce(id)
  context.waiting.announce(`aggregation ${id}`)
  return isChanged
}
