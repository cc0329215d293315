import {
  type Id,
  Refusal,
  type SignedSurvey,
  type Survey,
  type SurveyAnswer,
  type SurveyView,
} from '@consort/protocol'
import type { Kysely, Selectable } from 'kysely'
import type { HubTransaction } from '../context.ts'
import type { HubTables } from '../tables.ts'

/** A survey as it is kept, with its JSON read. */
export interface SurveyRecord {
  readonly id: Id<'survey'>
  readonly signed: SignedSurvey
  readonly survey: Survey
  readonly state: SurveyView['state']
  readonly reason: string
  readonly members: readonly string[]
  readonly refusals: SurveyView['refusals']
  readonly answers: readonly SurveyAnswer[]
  readonly created: string
  readonly ended: string | null
}

export function surveyRecordOf(row: Selectable<HubTables['survey']>): SurveyRecord {
  const signed: SignedSurvey = JSON.parse(row.signed)
  return {
    id: signed.document.id,
    signed,
    survey: signed.document,
    state: row.state as SurveyView['state'],
    reason: row.reason,
    members: JSON.parse(row.members),
    refusals: JSON.parse(row.refusals),
    answers: JSON.parse(row.answers),
    created: row.created,
    ended: row.ended,
  }
}

export function surveyView(record: SurveyRecord): SurveyView {
  const { id, survey, state, reason, created, ended, refusals } = record
  const { dataset } = survey
  const members = [...record.members]
  const answers = [...record.answers]
  return { id, dataset, state, reason, created, ended, survey, members, refusals, answers }
}

/** Throws `not-found`. */
export async function readSurvey(database: Kysely<HubTables>, id: string): Promise<SurveyRecord> {
  const row = await database.selectFrom('survey').selectAll().where('id', '=', id).executeTakeFirst()
  if (row) return surveyRecordOf(row)
  throw new Refusal('not-found', `There is no survey ${id}`, { hint: '`consort survey list` shows all.' })
}

/** Surveys that the hub still has to do something about, the oldest first. */
export async function openSurveys(database: Kysely<HubTables>): Promise<SurveyRecord[]> {
  const rows = await database
    .selectFrom('survey')
    .selectAll()
    .where('state', '=', 'open')
    .orderBy('created')
    .execute()
  return rows.map(surveyRecordOf)
}

/** Changes what is kept of a survey while it is open; says whether it was. */
export async function changeSurvey(
  transaction: HubTransaction,
  id: Id<'survey'>,
  change: Partial<Pick<SurveyRecord, 'state' | 'reason' | 'members' | 'refusals' | 'answers' | 'ended'>>,
): Promise<boolean> {
  const { members, refusals, answers, ...plain } = change
  const { numUpdatedRows } = await transaction
    .updateTable('survey')
    .set({
      ...plain,
      ...(members && { members: JSON.stringify(members) }),
      ...(refusals && { refusals: JSON.stringify(refusals) }),
      ...(answers && { answers: JSON.stringify(answers) }),
    })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** Where the masked answers of one attempt lie. */
export function inputScope(id: Id<'survey'>): string {
  return id
}

export function isSurvey(id: string): id is Id<'survey'> {
  return id.startsWith('srv_')
}
