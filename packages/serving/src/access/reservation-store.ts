import { type Id, Refusal } from '@consort/protocol'
import { createGroupCommit, type GroupCommit } from '@consort/storage'
import type { Kysely, Transaction } from 'kysely'
import type { ServingTables } from '../tables.ts'
import { type AccountName, monthOf, moveAccount } from './account-store.ts'
import type { AccessHolder } from './key-store.ts'

/** Budget that is set aside for questions that a key asks, before the model sees them. */
export interface Reservation extends AccountName {
  /** Null where no budget bounds the key: then nothing had to be written. */
  readonly row: number | null
  /** Minor units that one answer costs: those of when it was asked, whatever is agreed on later. */
  readonly price: number
}

/** Questions of one key, and what it may have. */
export interface WantedBudget {
  readonly holder: Pick<AccessHolder, 'id' | 'name' | 'limits'>
  /** Minor units for one answer; 0 where nothing is owed. */
  readonly price: number
  readonly queries: number
  readonly now: Date
}

/** Writes reservations of many callers with one sync of the disk. */
export type Reservations = GroupCommit<WantedBudget, Reservation | Refusal>

const reservedAtOnceMax = 256

export function createReservations(database: Kysely<ServingTables>): Reservations {
  return createGroupCommit(
    wanted =>
      database.transaction().execute(async transaction => {
        const made: (Reservation | Refusal)[] = []
        for (const one of wanted) made.push(await setAside(transaction, one))
        return made
      }),
    { itemsMax: reservedAtOnceMax },
  )
}

/**
 * Sets aside what so many questions may cost, all or none, and returns when it is on disk. Throws `budget-spent`.
 *
 * What becomes of it is written with what it was for, in one transaction: `settle` with an answer, `defer` with a case
 * for a person. What was reserved and came to nothing is given back by `release`, or by `releaseUnheard` after a crash.
 */
export async function reserve(reservations: Reservations, wanted: WantedBudget): Promise<Reservation> {
  const { holder, price, now } = wanted
  const { queriesPerMonth, minorUnitsPerMonth } = holder.limits
  if (queriesPerMonth === null && (minorUnitsPerMonth === null || price === 0)) {
    return { key: holder.id, month: monthOf(now), price, row: null }
  }
  const made = await reservations.keep(wanted)
  if (made instanceof Refusal) throw made
  return made
}

async function setAside(
  transaction: Transaction<ServingTables>,
  { holder, price, queries, now }: WantedBudget,
): Promise<Reservation | Refusal> {
  const { id: key, name, limits } = holder
  const account = { key, month: monthOf(now) }
  const change = { queriesHeld: queries, minorUnitsHeld: queries * price }
  const bounds = { queries: limits.queriesPerMonth, minorUnits: limits.minorUnitsPerMonth }
  if (!(await moveAccount(transaction, account, change, bounds))) return spent(name, account.month)
  const { id: row } = await transaction
    .insertInto('access_reservation')
    .values({ access_key: key, month: account.month, queries, price })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { ...account, price, row }
}

/**
 * Books answers as spent, in the transaction that keeps them; `isOwed` is false where nothing is owed for them after
 * all.
 */
export async function settle(
  transaction: Transaction<ServingTables>,
  reservation: Reservation,
  { queries = 1, isOwed = true }: { queries?: number; isOwed?: boolean } = {},
): Promise<void> {
  const { price } = reservation
  const held = await takeOut(transaction, reservation, queries)
  await moveAccount(transaction, reservation, {
    queriesSpent: queries,
    queriesHeld: -held,
    minorUnitsSpent: isOwed ? queries * price : 0,
    minorUnitsHeld: -held * price,
  })
}

/**
 * Keeps the money for one question set aside until a person has answered, in the transaction that keeps the case. The
 * query is spent: that the agent was not sure has been told, and tells something of the model, whatever becomes of the
 * case.
 */
export async function defer(
  transaction: Transaction<ServingTables>,
  reservation: Reservation,
  askedCase: Id<'case'>,
): Promise<void> {
  const { key, month, price } = reservation
  const held = await takeOut(transaction, reservation, 1)
  await moveAccount(transaction, reservation, {
    queriesSpent: 1,
    queriesHeld: -held,
    minorUnitsHeld: (1 - held) * price,
  })
  await transaction
    .insertInto('access_waiting')
    .values({ asked_case: askedCase, access_key: key, month, price })
    .execute()
}

/**
 * The end of a deferred case, in the transaction that closes or cancels it: its money is spent, or free again where
 * nothing is owed. A case that no key asked, or that was ended before, changes nothing.
 */
export async function endDeferral(
  transaction: Transaction<ServingTables>,
  askedCase: Id<'case'>,
  { isOwed }: { isOwed: boolean },
): Promise<void> {
  const row = await transaction
    .deleteFrom('access_waiting')
    .where('asked_case', '=', askedCase)
    .returning(['access_key', 'month', 'price'])
    .executeTakeFirst()
  if (!row) return
  const { access_key: key, month, price } = row
  await moveAccount(
    transaction,
    { key, month },
    { minorUnitsSpent: isOwed ? price : 0, minorUnitsHeld: -price },
  )
}

/** Gives back what is left of a reservation. Safe to repeat, and after it was settled. */
export async function release(transaction: Transaction<ServingTables>, { row }: Reservation): Promise<void> {
  if (row === null) return
  const left = await transaction
    .deleteFrom('access_reservation')
    .where('id', '=', row)
    .returning(['access_key', 'month', 'queries', 'price'])
    .executeTakeFirst()
  if (!left) return
  const { access_key: key, month, queries, price } = left
  await moveAccount(transaction, { key, month }, { queriesHeld: -queries, minorUnitsHeld: -queries * price })
}

/**
 * When a process starts: gives back all that the one before it had reserved and did not come to book, since an answer
 * is sent only after it was booked, so that nobody has heard of these. Returns how many questions that were. Cases that
 * wait keep their money.
 */
export async function releaseUnheard(database: Kysely<ServingTables>): Promise<number> {
  return await database.transaction().execute(async transaction => {
    const rows = await transaction.selectFrom('access_reservation').selectAll().execute()
    for (const { id, access_key: key, month, price } of rows) {
      await release(transaction, { row: id, key, month, price })
    }
    return rows.reduce((sum, { queries }) => sum + queries, 0)
  })
}

/** Takes questions out of a reservation; how many of them were held. */
async function takeOut(
  transaction: Transaction<ServingTables>,
  { row }: Reservation,
  queries: number,
): Promise<number> {
  if (row === null) return 0
  const { numUpdatedRows } = await transaction
    .updateTable('access_reservation')
    .set(now => ({ queries: now('queries', '-', queries) }))
    .where('id', '=', row)
    .where('queries', '>=', queries)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) throw new TypeError(`there are no ${queries} questions in reservation ${row}`)
  await transaction.deleteFrom('access_reservation').where('id', '=', row).where('queries', '=', 0).execute()
  return queries
}

function spent(name: string, month: string): Refusal {
  return new Refusal('budget-spent', `The budget of the key ${name} for ${month} does not suffice`, {
    hint: 'GET /v1/key says what is spent and held. The next month (UTC) has a budget of its own; the node’s operator can make another key.',
  })
}
