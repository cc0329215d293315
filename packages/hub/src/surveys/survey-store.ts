import {
  type Id,
  nameSchema,
  Refusal,
  type SignedSurvey,
  type Survey,
  type SurveyAnswer,
  type SurveyView,
  signedSurveySchema,
  surveyAnswerSchema,
  surveyViewSchema,
} from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { HubDatabase, HubTables, HubTransaction } from '../tables/hub-tables.ts'
import { timeAfterNewest } from '../time-after-newest.ts'

const signedSurveys = jsonColumn('survey.signed', signedSurveySchema)
const names = jsonColumn<readonly string[]>('survey.members', z.array(nameSchema))
const refusals = jsonColumn('survey.refusals', surveyViewSchema.shape.refusals)
const answers = jsonColumn<readonly SurveyAnswer[]>('survey.answers', z.array(surveyAnswerSchema))

/** A survey as it is kept. */
export interface SurveyRecord {
  readonly id: Id<'survey'>
  readonly signed: SignedSurvey
  readonly survey: Survey
  readonly state: SurveyView['state']
  readonly reason: string
  /** Whose answers are in the sum. */
  readonly members: readonly string[]
  readonly refusals: SurveyView['refusals']
  readonly answers: readonly SurveyAnswer[]
  readonly created: string
  readonly ended: string | null
}

function surveyOf(row: Selectable<HubTables['survey']>): SurveyRecord {
  const signed = signedSurveys.read(row.signed)
  return {
    id: row.id,
    signed,
    survey: signed.document,
    state: row.state,
    reason: row.reason,
    members: names.read(row.members),
    refusals: refusals.read(row.refusals),
    answers: answers.read(row.answers),
    created: row.created,
    ended: row.ended,
  }
}

/** Reads a survey. Throws `not-found`. */
export async function readSurvey(database: HubDatabase, id: Id<'survey'>): Promise<SurveyRecord> {
  const row = await database.selectFrom('survey').selectAll().where('id', '=', id).executeTakeFirst()
  if (row) return surveyOf(row)
  throw new Refusal('not-found', `There is no survey ${id}`, { hint: '`consort survey list` shows all.' })
}

/** Finds the survey that was started with this key. */
export async function surveyWithKey(database: HubDatabase, key: string): Promise<SurveyRecord | undefined> {
  const row = await database
    .selectFrom('survey')
    .selectAll()
    .where('idempotency_key', '=', key)
    .executeTakeFirst()
  return row && surveyOf(row)
}

/** Lists all surveys, the newest first. */
export async function listSurveys(database: HubDatabase): Promise<SurveyRecord[]> {
  const rows = await database.selectFrom('survey').selectAll().orderBy('created', 'desc').execute()
  return rows.map(surveyOf)
}

/** Lists the surveys that the hub still has to do something about, the oldest first. */
export async function openSurveys(database: HubDatabase): Promise<SurveyRecord[]> {
  const rows = await database
    .selectFrom('survey')
    .selectAll()
    .where('state', '=', 'open')
    .orderBy('created')
    .execute()
  return rows.map(surveyOf)
}

/** Lists the surveys of a data set that have answers, the latest first. */
export async function doneSurveys(database: HubDatabase, dataset: string): Promise<SurveyRecord[]> {
  const rows = await database
    .selectFrom('survey')
    .selectAll()
    .where('dataset', '=', dataset)
    .where('state', '=', 'done')
    .orderBy('created', 'desc')
    .execute()
  return rows.map(surveyOf)
}

/** Keeps a survey that has just been started; returns false when another one was started with its key. */
export async function insertSurvey(
  transaction: HubTransaction,
  { signed, idempotencyKey, now }: { signed: SignedSurvey; idempotencyKey: string; now: Date },
): Promise<boolean> {
  const { id, dataset } = signed.document
  const { numInsertedOrUpdatedRows: inserted = 0n } = await transaction
    .insertInto('survey')
    .values({
      id,
      idempotency_key: idempotencyKey,
      dataset,
      signed: signedSurveys.write(signed),
      state: 'open',
      reason: '',
      members: names.write([]),
      refusals: refusals.write([]),
      answers: answers.write([]),
      created: await timeAfterNewest(transaction, 'survey', now),
      ended: null,
    })
    .onConflict(conflict => conflict.column('idempotency_key').doNothing())
    .executeTakeFirstOrThrow()
  return inserted > 0n
}

/** Changes what is kept of a survey while it is open; returns true when it was. */
export async function changeSurvey(
  transaction: HubTransaction,
  id: Id<'survey'>,
  change: Partial<Pick<SurveyRecord, 'state' | 'reason' | 'members' | 'refusals' | 'answers' | 'ended'>>,
): Promise<boolean> {
  const { members, refusals: refused, answers: answered, ...plain } = change
  const { numUpdatedRows } = await transaction
    .updateTable('survey')
    .set({
      ...plain,
      ...(members && { members: names.write(members) }),
      ...(refused && { refusals: refusals.write(refused) }),
      ...(answered && { answers: answers.write(answered) }),
    })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** Names the place where the masked answers to a survey lie. */
export function inputScope(id: Id<'survey'>): string {
  return id
}

/** Of these surveys, those that ended before a moment. */
export async function endedBefore(
  database: HubDatabase,
  ids: readonly Id<'survey'>[],
  before: Date,
): Promise<Id<'survey'>[]> {
  if (ids.length === 0) return []
  const rows = await database
    .selectFrom('survey')
    .select('id')
    .where('id', 'in', ids)
    .where('ended', '<', before.toISOString())
    .execute()
  return rows.map(({ id }) => id)
}
