import type { Digest, Id } from '@consort/protocol'
import type { Kysely, Selectable, Transaction } from 'kysely'
import type { ConsultationTables } from '../tables/consultation-tables.ts'

type Reader = Kysely<ConsultationTables> | Transaction<ConsultationTables>

/** A question that this node asks a partner. */
export interface Question {
  readonly id: Id<'consultation'>
  readonly agent: string
  /** By name. */
  readonly partner: string
  /** Keyed digest of agent and record: whoever asks about the same case again after a restart goes on with it. */
  readonly askedAbout: string
  readonly agreement: Digest
  /** As it is sent, in base64url; empty once it is over. */
  readonly sealed: string
  /** With which probability this partner was drawn. */
  readonly propensity: number
  /** The most that it may cost while it is on its way, then what it did cost; in minor units. */
  readonly price: number
}

/** How a question ended. */
export type QuestionEnd = Exclude<ConsultationTables['consultation']['state'], 'sent'>

/** What an agent's questions of a calendar month cost, those on their way at the most that they may cost. */
export async function priceOfMonth(
  database: Reader,
  { agent, month }: { readonly agent: string; readonly month: string },
): Promise<number> {
  const { spent } = await database
    .selectFrom('consultation')
    .select(({ fn }) => fn.sum<number | null>('price').as('spent'))
    .where('agent', '=', agent)
    .where('month', '=', month)
    .executeTakeFirstOrThrow()
  return Number(spent ?? 0)
}

/** The questions about a case that are on their way. */
export async function sentAbout(database: Reader, askedAbout: string): Promise<Question[]> {
  const rows = await database
    .selectFrom('consultation')
    .selectAll()
    .where('asked_about', '=', askedAbout)
    .where('state', '=', 'sent')
    .execute()
  return rows.map(questionOf)
}

/** The questions that have been on their way since before a moment. */
export async function sentBefore(database: Reader, moment: Date): Promise<Question[]> {
  const rows = await database
    .selectFrom('consultation')
    .selectAll()
    .where('state', '=', 'sent')
    .where('sent', '<', moment.toISOString())
    .execute()
  return rows.map(questionOf)
}

/** Keeps a question that is about to leave. */
export async function keepQuestion(
  transaction: Transaction<ConsultationTables>,
  { askedAbout, ...question }: Question,
  { month, at }: { readonly month: string; readonly at: Date },
): Promise<void> {
  const row = { ...question, asked_about: askedAbout, month, state: 'sent' as const, sent: at.toISOString() }
  await transaction.insertInto('consultation').values(row).execute()
}

/** Notes how a question ended and what it cost; what was sent goes. */
export async function endQuestion(
  database: Reader,
  {
    id,
    state,
    price,
  }: { readonly id: Id<'consultation'>; readonly state: QuestionEnd; readonly price: number },
): Promise<void> {
  await database.updateTable('consultation').set({ state, price, sealed: '' }).where('id', '=', id).execute()
}

function questionOf(row: Selectable<ConsultationTables['consultation']>): Question {
  const { id, agent, partner, agreement, sealed, propensity, price } = row
  return { id, agent, partner, askedAbout: row.asked_about, agreement, sealed, propensity, price }
}
