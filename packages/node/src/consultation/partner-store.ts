import type { Kysely, Transaction } from 'kysely'
import type { ConsultationTables } from '../tables/consultation-tables.ts'

/** How a partner has answered so far, as means in which the latest count most. */
export interface PartnerHistory {
  /** What an answer costs, in minor units, as the partner said last. */
  readonly price: number
  /** When it last named that price. */
  readonly priced: string
  readonly seconds: number
  /** Shares of the answers. */
  readonly failed: number
  readonly wrong: number
}

/** Until something is known: free, at once, and now and then wrong or silent, so that new partners are tried. */
export const unknownPartner: PartnerHistory = { price: 0, priced: '', seconds: 0, failed: 0.1, wrong: 0.1 }

/** What is known of partners, by name. */
export async function partnerHistories(
  database: Kysely<ConsultationTables>,
): Promise<Map<string, PartnerHistory>> {
  const rows = await database.selectFrom('consulted_partner').selectAll().execute()
  return new Map(rows.map(({ partner, ...history }) => [partner, history]))
}

/** Passes what is known of a partner through `step`. */
export async function changeHistory(
  transaction: Transaction<ConsultationTables>,
  partner: string,
  step: (known: PartnerHistory) => PartnerHistory,
): Promise<void> {
  const known = await transaction
    .selectFrom('consulted_partner')
    .select(['price', 'priced', 'seconds', 'failed', 'wrong'])
    .where('partner', '=', partner)
    .executeTakeFirst()
  const next = step(known ?? unknownPartner)
  await transaction
    .insertInto('consulted_partner')
    .values({ partner, ...next })
    .onConflict(conflict => conflict.column('partner').doUpdateSet(next))
    .execute()
}
