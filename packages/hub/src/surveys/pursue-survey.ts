import { surveyContext } from '@consort/federation'
import { membersMin, type Opened } from '@consort/privacy'
import { type Id, Refusal } from '@consort/protocol'
import { appendEvent, type HubContext } from '../context.ts'
import { isOnline } from '../members.ts'
import { readRoster } from '../roster.ts'
import { type Attempt, openAttempt, readAttempt } from '../sums/attempt.ts'
import { closeDueStage } from '../sums/close-stage.ts'
import { openAnswers } from './open-answers.ts'
import { keyOf } from './start-survey.ts'
import { changeSurvey, inputScope, readSurvey, type SurveyRecord } from './survey-record.ts'

const attemptsMax = 3

/** Does the next thing that a survey allows without waiting; false when there is none. */
export async function pursueSurvey(context: HubContext, id: Id<'survey'>): Promise<boolean> {
  const survey = await readSurvey(context.database, id)
  if (survey.state !== 'open') return false
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

/** A fault of the hub's own, or an end that nobody can mend: nothing of the answers is kept. */
export async function failSurvey(
  context: HubContext,
  { id }: Pick<SurveyRecord, 'id'>,
  reason: string,
): Promise<boolean> {
  return await end(context, id, { state: 'failed', reason })
}

/** New keys for those who are left, unless shares were opened: then two sums over the same answers could be compared. */
async function tryAgain(
  context: HubContext,
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
    await openAttempt(transaction, next, context.now().getTime() + survey.withinMs)
  })
  context.waiting.announce(`aggregation ${id}`)
  context.waiting.announce('tasks')
  return true
}

async function membersLeft(
  { database, now }: HubContext,
  { refusals }: SurveyRecord,
  before: readonly { readonly name: string }[],
) {
  const roster = (await readRoster(database)).inForce!.document
  const rows = await database.selectFrom('member').select(['name', 'last_seen']).execute()
  return before
    .filter(({ name }) => !refusals.some(refusal => refusal.name === name))
    .filter(({ name }) => rows.some(row => row.name === name && isOnline(row, now())))
    .map(({ name }) => ({ name, key: keyOf(roster, name) }))
}

function reasonOf({ refusals }: SurveyRecord, why: string): string {
  const out = refusals.map(({ name, code }) => `${name} stays out (${code})`)
  return [why, ...out].join('; ')
}

async function finish(context: HubContext, { id, survey }: SurveyRecord, opened: Opened): Promise<boolean> {
  try {
    const answers = await openAnswers(context, survey, opened)
    return await end(context, id, { state: 'done', reason: '', members: opened.survivors, answers })
  } catch (error) {
    if (error instanceof Refusal && (error.code === 'update-shape' || error.code === 'input-invalid'))
      return await failSurvey(context, { id }, error.message)
    throw error
  }
}

async function end(
  context: HubContext,
  id: Id<'survey'>,
  change: Pick<SurveyRecord, 'state' | 'reason'> & Partial<Pick<SurveyRecord, 'members' | 'answers'>>,
): Promise<boolean> {
  const isChanged = await context.database.transaction().execute(async transaction => {
    const ended = context.now().toISOString()
    if (!(await changeSurvey(transaction, id, { ...change, ended }))) return false
    await transaction.deleteFrom('survey_input').where('survey', '=', id).execute()
    const { state, reason, members = [] } = change
    await appendEvent(context, transaction, {
      kind: 'survey-ended',
      body: { survey: id, state, reason, members: [...members] },
    })
    return true
  })
  await context.blobs.removeScope(inputScope(id))
  context.waiting.announce(`survey ${id}`)
  context.waiting.announce(`aggregation ${id}`)
  return isChanged
}
