import { type Digest, digestOfBytes } from '@consort/protocol'
import type { CompiledQuery, Insertable, Selectable, Transaction } from 'kysely'
import type { PlainAnswer } from './case-file.ts'
import type { ReviewReader, ReviewTables } from './tables.ts'

/** What was written together, from the first id to the last one: its entry in the event log has this digest. */
export interface AnswerBatch {
  readonly first: string
  readonly last: string
  readonly digest: Digest
}

/**
 * Keeps what an agent answered alone, all of it as one batch, which is named by its first id; the digest is over what they say,
 * in the order of their ids. Whoever adds them has looked for their idempotency keys in the same transaction.
 */
export async function addPlainAnswers(
  transaction: Transaction<ReviewTables>,
  answers: readonly PlainAnswer[],
): Promise<AnswerBatch> {
  const sorted = answers.toSorted(byId)
  const first = sorted[0]!.id
  const rows = sorted.map(answer => ({
    id: answer.id,
    agent: answer.agent,
    asked_by: answer.askedBy,
    idempotency_key: answer.idempotencyKey,
    asked: answer.asked,
    batch: first,
    text: JSON.stringify(answer),
  }))
  await transaction.executeQuery(insertOf(transaction, rows))
  return { first, last: sorted.at(-1)!.id, digest: digestOfTexts(rows.map(({ text }) => text)) }
}

type AnswerRow = Insertable<ReviewTables['plain_answer']>

/** Statements by how many rows they insert, for all answers to come: building one takes longer than running it. */
const inserts = new Map<number, CompiledQuery>()

function insertOf(transaction: Transaction<ReviewTables>, rows: readonly AnswerRow[]): CompiledQuery {
  const known = inserts.get(rows.length)
  if (!known) {
    const compiled = transaction.insertInto('plain_answer').values(rows).compile()
    inserts.set(rows.length, compiled)
    return compiled
  }
  return { ...known, parameters: rows.flatMap(row => Object.values(row)) }
}

/** The first id of the batch in which an answer was written; undefined for what is none. */
export async function batchOfAnswer(database: ReviewReader, id: string): Promise<string | undefined> {
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
  return digestOfTexts(rows.map(({ text }) => text))
}

function byId(a: PlainAnswer, b: PlainAnswer): number {
  return a.id < b.id ? -1 : 1
}

/** JSON texts hold no line breaks, so that two different batches never join to the same text. */
function digestOfTexts(texts: readonly string[]): Digest {
  return digestOfBytes(Buffer.from(texts.join('\n')))
}

export function answerOfRow({ text }: Pick<Selectable<ReviewTables['plain_answer']>, 'text'>): PlainAnswer {
  return JSON.parse(text) as PlainAnswer
}
