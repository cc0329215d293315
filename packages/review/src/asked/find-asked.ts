import { type Digest, type Id, orderedIdAt, Refusal } from '@consort/protocol'
import { lastSweep } from '@consort/storage'
import { findAnswer, findAnswerByKey } from '../answers/answer-store.ts'
import type { AskedCase, CaseFile } from '../case-file.ts'
import type { Holder } from '../case-state.ts'
import { findCase, findCaseByKey } from '../cases/case-store.ts'
import type { ReviewReader } from '../tables.ts'
import { answersRule } from './answers-rule.ts'

/** A question under the key that its caller gave it. */
export interface Asking {
  readonly askedBy: Holder
  readonly idempotencyKey: string
  readonly requestDigest: Digest
}

/**
 * What became of the question that this caller asked under this idempotency key. Throws `state-conflict` when that was
 * another question.
 */
export async function askedBefore(database: ReviewReader, asking: Asking): Promise<AskedCase | undefined> {
  const answer = await findAnswerByKey(database, asking)
  if (answer) return checked({ kind: 'answer', answer }, asking)
  const file = await findCaseByKey(database, asking)
  return file && checked({ kind: 'case', file }, asking)
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
  id: Id<'case'>,
  { askedBy }: { askedBy?: Holder | undefined } = {},
): Promise<AskedCase> {
  const file = await findCase(database, id, { askedBy })
  if (file) return { kind: 'case', file }
  const answer = await findAnswer(database, id, { askedBy })
  if (answer) return { kind: 'answer', answer }
  throw await unknownCase(database, id)
}

/** A case that was kept as a whole: deferred, or spot-checked. Throws `not-found`. */
export async function readCase(
  database: ReviewReader,
  id: Id<'case'>,
  where: { askedBy?: Holder | undefined } = {},
): Promise<CaseFile> {
  const file = await findCase(database, id, where)
  if (file) return file
  throw await unknownCase(database, id)
}

async function unknownCase(database: ReviewReader, id: Id<'case'>): Promise<Refusal> {
  const cut = await lastSweep(database, answersRule)
  if (cut?.until && id < orderedIdAt('case', new Date(cut.until))) {
    const day = cut.until.slice(0, 'yyyy-mm-dd'.length)
    return new Refusal('gone', `The case ${id} is from before ${day}: if it was asked here, it was deleted`, {
      hint: `Answers and closed cases are kept for ${cut.days} days (CONSORT_KEEP_ANSWERS).`,
    })
  }
  return new Refusal('not-found', `There is no case ${id} for you here`, {
    hint: 'A case is shown to the key that asked it; deferred and spot-checked ones also to experts.',
  })
}
