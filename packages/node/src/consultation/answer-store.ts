import type { Digest, Id } from '@consort/protocol'
import type { Kysely, Transaction } from 'kysely'
import type { ConsultationTables } from '../tables/consultation-tables.ts'

type Reader = Kysely<ConsultationTables> | Transaction<ConsultationTables>

/** What a partner asked here, and what it was answered. */
export interface AskedQuestion {
  /** Of the sealed question. */
  readonly question: Digest
  /** The sealed answer in base64url; null before there is one, and some days after. */
  readonly sealed: string | null
  readonly isDelivered: boolean
}

/** Who asked what. */
export interface QuestionAsked {
  readonly id: Id<'consultation'>
  /** By name. */
  readonly partner: string
  readonly agent: string
  /** Of the sealed question. */
  readonly question: Digest
  readonly day: string
}

/** As the column `told` keeps what became of an answer. */
const stored = { kept: 0, taken: 1, late: 2 } as const

/** What is known of a question that came in. */
export async function findAsked(
  database: Reader,
  id: Id<'consultation'>,
): Promise<AskedQuestion | undefined> {
  const row = await database
    .selectFrom('consulted')
    .select(['question', 'sealed', 'told'])
    .where('id', '=', id)
    .executeTakeFirst()
  return row && { question: row.question, sealed: row.sealed, isDelivered: row.told !== stored.kept }
}

/** How many questions of a partner to an agent count on a day. */
export async function countAsked(
  database: Reader,
  { partner, agent, day }: Pick<QuestionAsked, 'partner' | 'agent' | 'day'>,
): Promise<number> {
  const { counted } = await database
    .selectFrom('consulted')
    .select(({ fn }) => fn.countAll<number>().as('counted'))
    .where('partner', '=', partner)
    .where('agent', '=', agent)
    .where('day', '=', day)
    .where('counted', '=', 1)
    .executeTakeFirstOrThrow()
  return Number(counted)
}

/** Counts a question that is about to be answered. */
export async function keepCounted(
  transaction: Transaction<ConsultationTables>,
  asked: QuestionAsked,
): Promise<void> {
  const row = { ...asked, counted: 1, sealed: null, price: 0, told: stored.kept } as const
  await transaction.insertInto('consulted').values(row).execute()
}

/** Keeps the sealed answer of a question, which may be counted or not. */
export async function keepSealed(
  transaction: Transaction<ConsultationTables>,
  asked: QuestionAsked,
  { sealed, price }: { readonly sealed: string; readonly price: number },
): Promise<void> {
  await transaction
    .insertInto('consulted')
    .values({ ...asked, counted: 0, sealed, price, told: stored.kept })
    .onConflict(conflict => conflict.column('id').doUpdateSet({ sealed, price }))
    .execute()
}

/** Notes that the hub has taken the answer, or that it came too late. */
export async function markDelivered(
  database: Kysely<ConsultationTables>,
  id: Id<'consultation'>,
  how: 'taken' | 'late',
): Promise<void> {
  await database
    .updateTable('consulted')
    .set({ told: stored[how] })
    .where('id', '=', id)
    .where('told', '=', stored.kept)
    .execute()
}

/** Forgets the octets of answers that were delivered before a day. */
export async function forgetSealedBefore(database: Kysely<ConsultationTables>, day: string): Promise<void> {
  await database
    .updateTable('consulted')
    .set({ sealed: null })
    .where('day', '<', day)
    .where('told', '!=', stored.kept)
    .where('sealed', 'is not', null)
    .execute()
}
