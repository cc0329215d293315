import type { Kysely } from 'kysely'
import type { AskRule } from '../policy/consult-policy.ts'
import type { NodeAndConsultationTables } from '../tables/consultation-tables.ts'
import type { ConsultationContext } from './context.ts'

/** The calendar month (UTC) of a moment, e.g. `2024-03`. */
export function monthOf(at: Date): string {
  return at.toISOString().slice(0, 'yyyy-mm'.length)
}

/** The day (UTC) of a moment, e.g. `2024-03-05`. */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 'yyyy-mm-dd'.length)
}

/**
 * The most that an answer for this agent may cost now, in minor units: what is on its way counts at the most that it may cost,
 * so that many questions at once spend no more than one after the other would.
 */
export async function affordable(
  database: Kysely<NodeAndConsultationTables>,
  { agent, priceMax, spendMax }: AskRule,
  now: Date,
): Promise<number> {
  const { spent } = await database
    .selectFrom('consultation')
    .select(({ fn }) => fn.sum<number | null>('price').as('spent'))
    .where('agent', '=', agent)
    .where('month', '=', monthOf(now))
    .executeTakeFirstOrThrow()
  return Math.max(0, Math.min(priceMax, spendMax - Number(spent ?? 0)))
}

/** Longer than a question may be on its way, and than the hub keeps an answer. */
const unheardAfterMs = 1_200_000

/** Questions of which nothing can come any more. Whether they were answered is not known, so that they count as paid for. */
export async function forgetUnheard({ database, live, log, now }: ConsultationContext): Promise<void> {
  const before = new Date(now().getTime() - unheardAfterMs).toISOString()
  const rows = await database
    .selectFrom('consultation')
    .select(['id', 'partner', 'price'])
    .where('state', '=', 'sent')
    .where('sent', '<', before)
    .execute()
  for (const { id, partner, price } of rows) {
    if (live.has(id)) continue
    const gone = { state: 'unheard', sealed: '' }
    await database.updateTable('consultation').set(gone).where('id', '=', id).execute()
    log.warn({ consultation: id, partner, price }, 'consultation-unheard')
  }
}
