import type { Id } from '@consort/protocol'
import type { Kysely, Transaction } from 'kysely'
import type { Logger } from 'pino'
import type { AskRule } from '../policy/consult-policy.ts'
import type { ConsultationTables } from '../tables/consultation-tables.ts'
import { endQuestion, priceOfMonth, sentBefore } from './question-store.ts'

/** The calendar month (UTC) of a moment, e.g. `2024-03`. */
export function monthOf(at: Date): string {
  return at.toISOString().slice(0, 'yyyy-mm'.length)
}

/** The day (UTC) of a moment, e.g. `2024-03-05`. */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 'yyyy-mm-dd'.length)
}

/**
 * The most that an answer for this agent may cost now, in minor units: what is on its way counts at the most that it
 * may cost, so that many questions at once spend no more than one after the other would.
 */
export async function affordable(
  database: Kysely<ConsultationTables> | Transaction<ConsultationTables>,
  { agent, priceMax, spendMax }: Pick<AskRule, 'agent' | 'priceMax' | 'spendMax'>,
  now: Date,
): Promise<number> {
  const spent = await priceOfMonth(database, { agent, month: monthOf(now) })
  return Math.max(0, Math.min(priceMax, spendMax - spent))
}

/** Longer than a question may be on its way, and than the hub keeps an answer. */
const unheardAfterMs = 1_200_000

/**
 * Questions of which nothing can come any more. Whether they were answered is not known, so that they count as paid
 * for.
 */
export async function forgetUnheard({
  database,
  live,
  log,
  now,
}: {
  readonly database: Kysely<ConsultationTables>
  /** Those that are being waited for. */
  readonly live: ReadonlySet<Id<'consultation'>>
  readonly log: Pick<Logger, 'warn'>
  readonly now: () => Date
}): Promise<void> {
  const before = new Date(now().getTime() - unheardAfterMs)
  for (const { id, partner, price } of await sentBefore(database, before)) {
    if (live.has(id)) continue
    await endQuestion(database, { id, state: 'unheard', price })
    log.warn({ consultation: id, partner, price }, 'consultation-unheard')
  }
}
