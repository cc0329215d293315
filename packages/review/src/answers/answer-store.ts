import { type Digest, digestOfBytes, type Id } from '@consort/protocol'
import type { CompiledQuery, Insertable, Transaction } from 'kysely'
import type { PlainAnswer } from '../case-file.ts'
import type { Holder } from '../case-state.ts'
import type { GuaranteePlace } from '../guarantee-place.ts'
import type { ListedCases } from '../listed-cases.ts'
import type { ReviewReader, ReviewTables } from '../tables.ts'
import { applyChange, decidedTally, note, subjectOf, type TallyChange } from '../tallies/case-tally.ts'
import { answerColumn } from './answer-column.ts'

/** What was written together, from the first id to the last one: its entry in the event log has this digest. */
export interface AnswerBatch {
  readonly first: Id<'case'>
  readonly last: Id<'case'>
  readonly digest: Digest
}

/**
 * Keeps what an agent answered alone, all of it as one batch, which is named by its first id; the digest is over what
 * they say, in the order of their ids. Whoever adds them has looked for their idempotency keys in the same transaction.
 */
export type AddPlainAnswers = (
  transaction: Transaction<ReviewTables>,
  answers: readonly PlainAnswer[],
) => Promise<AnswerBatch>

/** It remembers its statements, by how many rows they insert: building one takes longer than running it. */
export function createAddPlainAnswers(): AddPlainAnswers {
  const inserts = new Map<number, CompiledQuery>()
  return async (transaction, answers) => {
    const sorted = answers.toSorted(byId)
    const first = sorted[0]!.id
    const rows = sorted.map(answer => rowOf(answer, first))
    const known = inserts.get(rows.length)
    const insert = known ?? transaction.insertInto('plain_answer').values(rows).compile()
    inserts.set(rows.length, insert)
    const parameters = rows.flatMap(row => Object.values(row))
    await transaction.executeQuery(known ? { ...known, parameters } : insert)
    await countAnswers(transaction, answers)
    return { first, last: sorted.at(-1)!.id, digest: digestOfTexts(rows) }
  }
}

async function countAnswers(
  transaction: Transaction<ReviewTables>,
  answers: readonly PlainAnswer[],
): Promise<void> {
  const change: TallyChange = new Map()
  for (const { agent, version, decision } of answers) {
    const place = subjectOf({ agent, version, guarantee: decision.guarantee })
    note(change, decidedTally('answered'), place, 1)
  }
  await applyChange(transaction, change)
}

function rowOf(answer: PlainAnswer, batch: Id<'case'>): Insertable<ReviewTables['plain_answer']> {
  return {
    id: answer.id,
    agent: answer.agent,
    version: answer.version,
    guarantee: answer.decision.guarantee,
    asked_by: answer.askedBy,
    idempotency_key: answer.idempotencyKey,
    asked: answer.asked,
    batch,
    text: answerColumn.write(answer),
  }
}

/** The first id of the batch in which an answer was written; undefined for what is none. */
export async function batchOfAnswer(database: ReviewReader, id: Id<'case'>): Promise<Id<'case'> | undefined> {
  const found = await database
    .selectFrom('plain_answer')
    .select('batch')
    .where('id', '=', id)
    .executeTakeFirst()
  return found?.batch
}

/** Over what a batch holds now. */
export async function digestOfBatch(
  database: ReviewReader,
  { first, last }: Pick<AnswerBatch, 'first' | 'last'>,
): Promise<Digest> {
  const rows = await database
    .selectFrom('plain_answer')
    .select('text')
    .where('id', '>=', first)
    .where('id', '<=', last)
    .where('batch', '=', first)
    .orderBy('id')
    .execute()
  return digestOfTexts(rows)
}

function byId(a: PlainAnswer, b: PlainAnswer): number {
  return a.id < b.id ? -1 : 1
}

/** JSON texts hold no line breaks, so that two different batches never join to the same text. */
function digestOfTexts(rows: readonly { readonly text: string }[]): Digest {
  return digestOfBytes(Buffer.from(rows.map(({ text }) => text).join('\n')))
}

/** One answer; of one asker's only, where given. */
export async function findAnswer(
  database: ReviewReader,
  id: Id<'case'>,
  { askedBy }: { askedBy?: Holder | undefined },
): Promise<PlainAnswer | undefined> {
  let query = database.selectFrom('plain_answer').select('text').where('id', '=', id)
  if (askedBy !== undefined) query = query.where('asked_by', '=', askedBy)
  const row = await query.executeTakeFirst()
  return row && answerColumn.read(row.text)
}

/** The answer to the question that its asker named by this idempotency key. */
export async function findAnswerByKey(
  database: ReviewReader,
  { askedBy, idempotencyKey }: { readonly askedBy: Holder; readonly idempotencyKey: string },
): Promise<PlainAnswer | undefined> {
  const row = await database
    .selectFrom('plain_answer')
    .select('text')
    .where('asked_by', '=', askedBy)
    .where('idempotency_key', '=', idempotencyKey)
    .executeTakeFirst()
  return row && answerColumn.read(row.text)
}

/** The plain answers of a list, the newest first. */
export async function listAnswers(
  database: ReviewReader,
  { askedBy, agent, before, limit }: Omit<ListedCases, 'state'>,
): Promise<PlainAnswer[]> {
  let query = database.selectFrom('plain_answer').select('text')
  if (askedBy !== undefined) query = query.where('asked_by', '=', askedBy)
  if (agent !== undefined) query = query.where('agent', '=', agent)
  if (before) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('asked', 'id'), '<', tuple(before.at, before.id)),
    )
  }
  const rows = await query.orderBy('asked', 'desc').orderBy('id', 'desc').limit(limit).execute()
  return rows.map(({ text }) => answerColumn.read(text))
}

/** Up to `limit` answers under one guarantee, by their ids, after one of them. */
export async function answersUnder(
  database: ReviewReader,
  place: GuaranteePlace,
  { after, limit }: { readonly after: Id<'case'> | undefined; readonly limit: number },
): Promise<PlainAnswer[]> {
  let query = under(database, place).select('text').orderBy('id').limit(limit)
  if (after !== undefined) query = query.where('id', '>', after)
  return (await query.execute()).map(({ text }) => answerColumn.read(text))
}

/**
 * By columns without an index: one would be written for each of very many answers, for reports that are rarely read.
 */
function under(database: ReviewReader, { agent, version, guarantee }: GuaranteePlace) {
  return database
    .selectFrom('plain_answer')
    .where('agent', '=', agent)
    .where('version', '=', version)
    .where('guarantee', '=', guarantee)
}
