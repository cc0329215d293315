import { type LossLedger, parseLedger } from '@consort/privacy'
import { jsonColumn } from '@consort/storage'
import type { Transaction } from 'kysely'
import { z } from 'zod'
import type { NodeReader, NodeTables } from '../tables/node-tables.ts'

const losses = jsonColumn('privacy_ledger.ledger', { parse: parseLedger })
const names = jsonColumn('privacy_ledger.datasets', z.array(z.string()))

/** A ledger that some units share. */
export interface SharedLedger {
  readonly ledger: LossLedger
  /** Names of the data sets that its units were released from. */
  readonly datasets: readonly string[]
  /** The column that named the persons; null when its units are records. */
  readonly person: string | null
}

/** A statement of SQLite takes some 32,000 values. */
const atOnce = 5000

/** By unit, the ledger of each that has one. */
export async function ledgersByUnit(
  database: NodeReader,
  units: readonly string[],
): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (let from = 0; from < units.length; from += atOnce) {
    const rows = await database
      .selectFrom('privacy_unit')
      .selectAll()
      .where('unit', 'in', units.slice(from, from + atOnce))
      .execute()
    for (const { unit, ledger } of rows) found.set(unit, ledger)
  }
  return found
}

/** The ledgers with these numbers, by number. */
export async function readLedgers(
  database: NodeReader,
  ids: readonly number[],
): Promise<Map<number, SharedLedger>> {
  const rows = await database.selectFrom('privacy_ledger').selectAll().where('id', 'in', ids).execute()
  return new Map(
    rows.map(({ id, ledger, datasets, person }) => [
      id,
      { ledger: losses.read(ledger), datasets: names.read(datasets), person },
    ]),
  )
}

/** Every ledger that there is, with its number. */
export async function allLedgers(
  database: NodeReader,
): Promise<{ readonly id: number; readonly ledger: LossLedger }[]> {
  const rows = await database.selectFrom('privacy_ledger').select(['id', 'ledger']).execute()
  return rows.map(({ id, ledger }) => ({ id, ledger: losses.read(ledger) }))
}

/** How many units have a ledger. */
export async function countUnits(database: NodeReader): Promise<number> {
  const { units } = await database
    .selectFrom('privacy_unit')
    .select(({ fn }) => fn.countAll<number>().as('units'))
    .executeTakeFirstOrThrow()
  return Number(units)
}

/** How many units share a ledger. */
export async function countUnitsOf(database: NodeReader, ledger: number): Promise<number> {
  const { size } = await database
    .selectFrom('privacy_unit')
    .select(({ fn }) => fn.countAll<number>().as('size'))
    .where('ledger', '=', ledger)
    .executeTakeFirstOrThrow()
  return Number(size)
}

/** The columns by which persons were ever told apart; null stands for records. */
export async function personColumns(database: NodeReader): Promise<(string | null)[]> {
  const rows = await database.selectFrom('privacy_ledger').select('person').distinct().execute()
  return rows.map(({ person }) => person)
}

/** Writes a ledger in the place of what it was. */
export async function replaceLedger(
  transaction: Transaction<NodeTables>,
  id: number,
  { ledger, datasets, person }: SharedLedger,
): Promise<void> {
  const columns = { ledger: losses.write(ledger), datasets: names.write([...datasets]), person }
  await transaction.updateTable('privacy_ledger').set(columns).where('id', '=', id).execute()
}

/** Writes the losses of a ledger in the place of what they were. */
export async function replaceLosses(
  transaction: Transaction<NodeTables>,
  { id, ledger }: { readonly id: number; readonly ledger: LossLedger },
): Promise<void> {
  const text = losses.write(ledger)
  await transaction.updateTable('privacy_ledger').set({ ledger: text }).where('id', '=', id).execute()
}

/** Opens a ledger and gives it to these units, whichever they had before. */
export async function addLedger(
  transaction: Transaction<NodeTables>,
  { ledger, datasets, person }: SharedLedger,
  units: readonly string[],
): Promise<void> {
  const { id } = await transaction
    .insertInto('privacy_ledger')
    .values({ ledger: losses.write(ledger), datasets: names.write([...datasets]), person })
    .returning('id')
    .executeTakeFirstOrThrow()
  for (let from = 0; from < units.length; from += atOnce) {
    const rows = units.slice(from, from + atOnce).map(unit => ({ unit, ledger: id }))
    await transaction
      .insertInto('privacy_unit')
      .values(rows)
      .onConflict(conflict => conflict.column('unit').doUpdateSet({ ledger: id }))
      .execute()
  }
}

/** Removes the ledgers of nobody. */
export async function dropUnused(transaction: Transaction<NodeTables>): Promise<void> {
  await transaction
    .deleteFrom('privacy_ledger')
    .where('id', 'not in', transaction.selectFrom('privacy_unit').select('ledger'))
    .execute()
}
