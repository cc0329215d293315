import type { Id, KeyAccount } from '@consort/protocol'
import type { Transaction } from 'kysely'
import type { ServingReader, ServingTables } from '../tables.ts'

/** The account of one key in one calendar month. */
export interface AccountName {
  readonly key: Id<'key'>
  /** UTC, as in `2026-11`. */
  readonly month: string
}

/** How far each of an account's figures moves. */
export interface AccountChange {
  readonly queriesSpent?: number
  readonly queriesHeld?: number
  readonly minorUnitsSpent?: number
  readonly minorUnitsHeld?: number
}

/** What one account may at most have spent and held together; null for no bound. */
export interface AccountBounds {
  readonly queries: number | null
  readonly minorUnits: number | null
}

const unbounded: AccountBounds = { queries: null, minorUnits: null }

/** The calendar month (UTC) in which a budget counts what is asked now. */
export function monthOf(now: Date): string {
  return now.toISOString().slice(0, 'yyyy-mm'.length)
}

/** Zeros for a month in which nothing was asked. */
export async function readAccount(database: ServingReader, { key, month }: AccountName): Promise<KeyAccount> {
  const row = await database
    .selectFrom('access_account')
    .selectAll()
    .where('access_key', '=', key)
    .where('month', '=', month)
    .executeTakeFirst()
  return {
    month,
    queries: { spent: row?.queries_spent ?? 0, held: row?.queries_held ?? 0 },
    minorUnits: { spent: row?.units_spent ?? 0, held: row?.units_held ?? 0 },
  }
}

/**
 * Moves an account, if that keeps within the bounds; whether it did. The comparison and the change are one statement,
 * so that two callers cannot both take what is there once, also under a database that runs transactions side by side.
 */
export async function moveAccount(
  transaction: Transaction<ServingTables>,
  { key, month }: AccountName,
  change: AccountChange,
  { queries, minorUnits }: AccountBounds = unbounded,
): Promise<boolean> {
  const { queriesSpent = 0, queriesHeld = 0, minorUnitsSpent = 0, minorUnitsHeld = 0 } = change
  await transaction
    .insertInto('access_account')
    .values({ access_key: key, month, queries_spent: 0, queries_held: 0, units_spent: 0, units_held: 0 })
    .onConflict(conflict => conflict.doNothing())
    .execute()
  const { numUpdatedRows } = await transaction
    .updateTable('access_account')
    .set(now => ({
      queries_spent: now('queries_spent', '+', queriesSpent),
      queries_held: now('queries_held', '+', queriesHeld),
      units_spent: now('units_spent', '+', minorUnitsSpent),
      units_held: now('units_held', '+', minorUnitsHeld),
    }))
    .where('access_key', '=', key)
    .where('month', '=', month)
    .$if(queries !== null, update =>
      update.where(
        now => now('queries_spent', '+', now.ref('queries_held')),
        '<=',
        queries! - queriesSpent - queriesHeld,
      ),
    )
    .$if(minorUnits !== null, update =>
      update.where(
        now => now('units_spent', '+', now.ref('units_held')),
        '<=',
        minorUnits! - minorUnitsSpent - minorUnitsHeld,
      ),
    )
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}
