import type { Digest, Id } from '@consort/protocol'
import type { Selectable } from 'kysely'
import type { HubDatabase, HubTables, HubTransaction } from '../tables/hub-tables.ts'

/** A sealed question between two members while it is in flight, or its answer. */
export interface Consultation {
  readonly id: Id<'consultation'>
  readonly asker: Id<'member'>
  readonly answerer: Id<'member'>
  /** Of the sealed question. */
  readonly digest: Digest
  readonly state: 'waiting' | 'answered'
  /** The question while it waits, then the answer; null where the question could not be opened. */
  readonly sealed: string | null
  /** Milliseconds since 1970. */
  readonly expires: number
}

function consultationOf(row: Selectable<HubTables['consultation']>): Consultation {
  return { ...row, expires: Number(row.expires) }
}

/** Finds a consultation in flight. */
export async function findConsultation(
  database: HubDatabase,
  id: Id<'consultation'>,
): Promise<Consultation | undefined> {
  const row = await database.selectFrom('consultation').selectAll().where('id', '=', id).executeTakeFirst()
  return row && consultationOf(row)
}

/** Lists up to `limit` questions that wait for a member, those that expire first before the others. */
export async function waitingConsultations(
  database: HubDatabase,
  { answerer, now, limit }: { answerer: Id<'member'>; now: Date; limit: number },
): Promise<Consultation[]> {
  const rows = await database
    .selectFrom('consultation')
    .selectAll()
    .where('answerer', '=', answerer)
    .where('state', '=', 'waiting')
    .where('expires', '>', now.getTime())
    .orderBy('expires')
    .limit(limit)
    .execute()
  return rows.map(consultationOf)
}

/** Counts what a member has in flight as the asker. */
export async function countAskedBy(database: HubDatabase, asker: Id<'member'>): Promise<number> {
  const { open } = await database
    .selectFrom('consultation')
    .select(({ fn }) => fn.countAll<number>().as('open'))
    .where('asker', '=', asker)
    .executeTakeFirstOrThrow()
  return Number(open)
}

/** Keeps a question until somebody comes for it. */
export async function insertConsultation(
  transaction: HubTransaction,
  question: Omit<Consultation, 'state'>,
): Promise<void> {
  await transaction
    .insertInto('consultation')
    .values({ ...question, state: 'waiting' })
    .execute()
}

/** Puts the answer in place of the question, which is not needed any more. */
export async function keepAnswer(
  transaction: HubTransaction,
  id: Id<'consultation'>,
  { sealed, expires }: Pick<Consultation, 'sealed' | 'expires'>,
): Promise<void> {
  await transaction
    .updateTable('consultation')
    .set({ state: 'answered', sealed, expires })
    .where('id', '=', id)
    .execute()
}

/** Forgets a consultation. */
export async function deleteConsultation(transaction: HubTransaction, id: Id<'consultation'>): Promise<void> {
  await transaction.deleteFrom('consultation').where('id', '=', id).execute()
}

/** Forgets what nobody came for in time. What is left is in flight. */
export async function deleteExpired(database: HubDatabase, now: Date): Promise<void> {
  await database.deleteFrom('consultation').where('expires', '<=', now.getTime()).execute()
}
