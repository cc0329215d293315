import type { Agreement, Id } from '@consort/protocol'
import {
  defer,
  endDeferral,
  type Reservation,
  type Reservations,
  release,
  reserve,
  settle,
} from '@consort/serving'
import type { Kysely, Transaction } from 'kysely'
import type { Logger } from 'pino'
import type { KnownCaller } from '../../caller.ts'
import type { AllTables } from '../../tables/agent-tables.ts'

/** What became of one question, and whether it was charged for when it was kept. */
export interface Charged<T> {
  readonly value: T
  readonly isCharged: boolean
}

/** What charging needs. */
export interface ChargingContext {
  readonly database: Kysely<AllTables>
  /** The agreement in force that this node has last seen with all signatures. */
  readonly terms: () => Promise<Agreement | null>
  readonly enrolment: { readonly name: string }
  /** Sets budget of keys aside, for many questions with one sync of the disk. */
  readonly reservations: Reservations
  readonly now: () => Date
  readonly log: Pick<Logger, 'warn'>
}

/** Charges the keys of callers. */
export interface Charging {
  /**
   * Sets aside what so many questions may cost the caller's key, asks them, and gives back what was not charged: for
   * questions that were asked before or could not be answered. Nothing is set aside for the operator, who has no
   * budget. Throws `budget-spent`, and what went wrong with the first question with which something did.
   */
  withReservation<T>(
    charged: Queries,
    ask: (reservation: Reservation | undefined) => Promise<readonly PromiseSettledResult<Charged<T>>[]>,
  ): Promise<T[]>
  /**
   * Does what shows something of a model without being an answer, such as embeddings. It is counted as so many
   * questions, booked before the caller hears of it, and paid for by nobody. Throws `budget-spent`.
   */
  asQueries<T>(charged: Queries, work: () => Promise<T>): Promise<T>
}

/** Whose key is charged, and for how many questions. */
export interface Queries {
  readonly caller: KnownCaller
  readonly queries: number
}

/** Makes what charges keys, by the price in the agreement that this node knows to be in force. */
export function createCharging(context: ChargingContext): Charging {
  return {
    withReservation: (charged, ask) => withReservation(context, charged, ask),
    asQueries: (charged, work) => asQueries(context, charged, work),
  }
}

async function withReservation<T>(
  context: ChargingContext,
  { caller, queries }: Queries,
  ask: (reservation: Reservation | undefined) => Promise<readonly PromiseSettledResult<Charged<T>>[]>,
): Promise<T[]> {
  const reservation = await reserveFor(context, caller, queries)
  let isUsedUp = false
  try {
    const outcomes = await ask(reservation)
    isUsedUp = outcomes.every(outcome => outcome.status === 'fulfilled' && outcome.value.isCharged)
    return outcomes.map(outcome => {
      if (outcome.status === 'rejected') throw outcome.reason
      return outcome.value.value
    })
  } finally {
    if (!isUsedUp) await releaseRest(context, reservation)
  }
}

async function asQueries<T>(
  context: ChargingContext,
  { caller, queries }: Queries,
  work: () => Promise<T>,
): Promise<T> {
  if (caller.kind !== 'application') return await work()
  const wanted = { holder: caller, price: 0, queries, now: context.now() }
  const reservation = await reserve(context.reservations, wanted)
  try {
    const result = await work()
    await context.database
      .transaction()
      .execute(transaction => settle(transaction, reservation, { queries, isOwed: false }))
    return result
  } catch (error) {
    await releaseRest(context, reservation)
    throw error
  }
}

async function reserveFor(
  context: ChargingContext,
  caller: KnownCaller,
  queries: number,
): Promise<Reservation | undefined> {
  if (caller.kind !== 'application') return undefined
  const price = await answerPrice(context)
  return await reserve(context.reservations, { holder: caller, price, queries, now: context.now() })
}

/** Where it fails, the rest stays set aside until the node starts again: too little is spent, never too much. */
async function releaseRest(
  { database, log }: ChargingContext,
  reservation: Reservation | undefined,
): Promise<void> {
  if (reservation === undefined || reservation.row === null) return
  await database
    .transaction()
    .execute(transaction => release(transaction, reservation))
    .catch(error => log.warn({ key: reservation.key, error: String(error) }, 'budget-not-released'))
}

/**
 * Books answers as spent, each under what was reserved for it, in the transaction that keeps them; `isOwed` is false
 * where the agreement that was in force when they were asked is not any more, and nothing was metered.
 */
export async function chargeAnswers(
  transaction: Transaction<AllTables>,
  reservations: readonly (Reservation | undefined)[],
  isOwed: boolean,
): Promise<void> {
  const bySource = Map.groupBy(
    reservations.filter(reservation => reservation !== undefined),
    ({ key, month, price, row }) => `${key} ${month} ${price} ${row}`,
  )
  for (const same of bySource.values()) {
    await settle(transaction, same[0]!, { queries: same.length, isOwed })
  }
}

/** Sets the price of a case aside that goes to a person, in the transaction that keeps it. */
export async function chargeDeferral(
  transaction: Transaction<AllTables>,
  reservation: Reservation | undefined,
  askedCase: Id<'case'>,
): Promise<void> {
  if (reservation) await defer(transaction, reservation, askedCase)
}

/**
 * Ends the deferral of a case that waited for a person: its money is spent if its answer was metered, and free again
 * otherwise.
 */
export async function chargeDeferred(
  transaction: Transaction<AllTables>,
  askedCase: Id<'case'>,
  isOwed: boolean,
): Promise<void> {
  await endDeferral(transaction, askedCase, { isOwed })
}

/** Minor units for one answer, as the agreement says that this node knows to be in force; 0 where it meters nothing. */
async function answerPrice({
  terms,
  enrolment,
}: Pick<ChargingContext, 'terms' | 'enrolment'>): Promise<number> {
  const agreement = await terms()
  return agreement?.use.includes(enrolment.name) ? agreement.benefit.answerPrice : 0
}
