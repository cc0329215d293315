import type { Id } from '@consort/protocol'
import type { Advice, CaseFile } from '../case-file.ts'
import type { ReviewReader } from '../tables.ts'
import { adviceColumn, decisionColumn } from './case-columns.ts'
import { fileOf, stateColumns, stateOf } from './case-row.ts'

/** Which cases of a version come next. */
export interface LaterCases {
  readonly agent: string
  readonly version: Id<'version'>
  /** The case before the first. */
  readonly after: Id<'case'> | null
  readonly limit: number
}

/**
 * Cases of the role calibrate that a version decided about and that people were asked about, labelled or not, in the
 * order in which they were asked. Their labels may move a gate, in this order and no other.
 */
export async function casesToWeigh(database: ReviewReader, later: LaterCases): Promise<CaseFile[]> {
  const rows = await laterCases(database, later).where('role', '=', 'calibrate').execute()
  return rows.map(fileOf)
}

/** The answers of a version that are spot-checked, of every role, in the order in which they were asked. */
export async function auditedAnswers(database: ReviewReader, later: LaterCases): Promise<CaseFile[]> {
  const rows = await laterCases(database, later).where('action', '=', 'answer').execute()
  return rows.map(fileOf)
}

function laterCases(database: ReviewReader, { agent, version, after, limit }: LaterCases) {
  const query = database
    .selectFrom('asked_case')
    .selectAll()
    .where('agent', '=', agent)
    .where('version', '=', version)
    .orderBy('id')
    .limit(limit)
  return after === null ? query : query.where('id', '>', after)
}

/** The last case that an agent kept, by its id: guarantees that start now weigh later ones only. */
export async function lastCase(database: ReviewReader, agent: string): Promise<Id<'case'> | null> {
  const row = await database
    .selectFrom('asked_case')
    .select('id')
    .where('agent', '=', agent)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.id ?? null
}

/** A case without its record, for reports that read all of a version's. */
export type DecidedFile = Pick<CaseFile, 'id' | 'role' | 'decision' | 'advice' | 'asked' | 'state'>

/** One that a partner's agent was asked about, without its record: they are read whenever an agent is. */
export type AdvisedCase = DecidedFile & { readonly advice: Advice }

/** What a version decided about and partners were asked about, of every role, in the order in which it was asked. */
export async function advisedCases(
  database: ReviewReader,
  place: { agent: string; version: Id<'version'> },
): Promise<AdvisedCase[]> {
  const rows = await withoutRecords(database, place).where('advice', 'is not', null).orderBy('id').execute()
  return rows.flatMap(row => {
    const { advice, ...file } = decidedFile(row)
    return advice === null ? [] : [{ ...file, advice }]
  })
}

/** All cases that a version decided about, under whatever guarantee. */
export async function decidedFiles(
  database: ReviewReader,
  place: { agent: string; version: Id<'version'> },
): Promise<DecidedFile[]> {
  return (await withoutRecords(database, place).execute()).map(decidedFile)
}

type DecidedRow = Awaited<ReturnType<ReturnType<typeof withoutRecords>['executeTakeFirstOrThrow']>>

function withoutRecords(
  database: ReviewReader,
  { agent, version }: { agent: string; version: Id<'version'> },
) {
  return database
    .selectFrom('asked_case')
    .select(['id', 'role', 'decision', 'advice', 'asked', ...stateColumns])
    .where('agent', '=', agent)
    .where('version', '=', version)
}

function decidedFile(row: DecidedRow): DecidedFile {
  return {
    id: row.id,
    role: row.role,
    decision: decisionColumn.read(row.decision),
    advice: adviceColumn.readOrNull(row.advice),
    asked: row.asked,
    state: stateOf(row),
  }
}
