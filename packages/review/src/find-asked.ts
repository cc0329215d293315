import { type Digest, Refusal } from '@consort/protocol'
import type { AskedCase, CaseFile } from './case-file.ts'
import { fileOf } from './keep-case.ts'
import { answerOfRow } from './plain-answers.ts'
import type { ReviewReader } from './tables.ts'

/** A question under the key that its caller gave it. */
export interface Asking {
  readonly askedBy: string
  readonly idempotencyKey: string
  readonly requestDigest: Digest
}

/**
 * What became of the question that this caller asked under this idempotency key. Throws `state-conflict` when that was
 * another question.
 */
export async function askedBefore(database: ReviewReader, asking: Asking): Promise<AskedCase | undefined> {
  const { askedBy, idempotencyKey } = asking
  const answer = await database
    .selectFrom('plain_answer')
    .select('text')
    .where('asked_by', '=', askedBy)
    .where('idempotency_key', '=', idempotencyKey)
    .executeTakeFirst()
  if (answer) return checked({ kind: 'answer', answer: answerOfRow(answer) }, asking)
  const row = await database
    .selectFrom('asked_case')
    .selectAll()
    .where('asked_by', '=', askedBy)
    .where('idempotency_key', '=', idempotencyKey)
    .executeTakeFirst()
  return row && checked({ kind: 'case', file: fileOf(row) }, asking)
}

function checked(known: AskedCase, { requestDigest }: Asking): AskedCase {
  const asked = known.kind === 'case' ? known.file : known.answer
  if (asked.requestDigest === requestDigest) return known
  throw new Refusal('state-conflict', 'Another case was asked under this idempotency key', {
    hint: 'Make a new key for each case, and repeat it only when the same question is sent again.',
    path: 'idempotencyKey',
  })
}

/** Of one asker's cases only, where given: others do not learn that a case exists. Throws `not-found`. */
export async function readAsked(
  database: ReviewReader,
  id: string,
  { askedBy }: { askedBy?: string | undefined } = {},
): Promise<AskedCase> {
  const file = await findCase(database, id, { askedBy })
  if (file) return { kind: 'case', file }
  let query = database.selectFrom('plain_answer').select('text').where('id', '=', id)
  if (askedBy !== undefined) query = query.where('asked_by', '=', askedBy)
  const row = await query.executeTakeFirst()
  if (row) return { kind: 'answer', answer: answerOfRow(row) }
  throw unknownCase(id)
}

/** A case that was kept as a whole: deferred, or audited. Throws `not-found`. */
export async function readCase(
  database: ReviewReader,
  id: string,
  where: { askedBy?: string | undefined } = {},
): Promise<CaseFile> {
  const file = await findCase(database, id, where)
  if (file) return file
  throw unknownCase(id)
}

async function findCase(
  database: ReviewReader,
  id: string,
  { askedBy }: { askedBy?: string | undefined },
): Promise<CaseFile | undefined> {
  let query = database.selectFrom('asked_case').selectAll().where('id', '=', id)
  if (askedBy !== undefined) query = query.where('asked_by', '=', askedBy)
  const row = await query.executeTakeFirst()
  return row && fileOf(row)
}

function unknownCase(id: string): Refusal {
  return new Refusal('not-found', `There is no case ${id} for you here`, {
    hint: 'A case is shown to the key that asked it; deferred and audited ones also to experts.',
  })
}
