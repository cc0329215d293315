import {
  type LossCurve,
  type LossLedger,
  lossOf,
  type PrivacyBudget,
  parseLedger,
  type Remaining,
  rdpOrders,
  remainingBudget,
  reserveLoss,
  settleLoss,
} from '@consort/privacy'
import type { Kysely, Transaction } from 'kysely'
import type { NodeTables } from '../tables/node-tables.ts'
import type { PrivacyUnits } from './units.ts'

/** The book that some of a data set's units share. */
export interface UnitLedger {
  /** Undefined for units that were never charged. */
  readonly id: number | undefined
  readonly ledger: LossLedger
  readonly datasets: readonly string[]
  /** Of the units' records here: how many each of them has. */
  readonly records: number
  readonly units: readonly string[]
  readonly person: string | null
}

/** By the name of the data set. */
export type Budgets = ReadonlyMap<string, PrivacyBudget>

/** A statement of SQLite takes some 32,000 values. */
const atOnce = 5000

/**
 * The books of these units, those with equally many records together. `fresh` opens one for units that have none; where
 * it is undefined they are left out.
 */
export async function ledgersOf(
  database: Kysely<NodeTables>,
  { counts, person }: PrivacyUnits,
  fresh: LossLedger | undefined,
): Promise<UnitLedger[]> {
  const known = await ledgerIds(database, [...counts.keys()])
  const groups = new Map<string, { id: number | undefined; records: number; units: string[] }>()
  for (const [unit, records] of counts) {
    const id = known.get(unit)
    if (id === undefined && fresh === undefined) continue
    const name = `${id} ${records}`
    const group = groups.get(name) ?? { id, records, units: [] }
    group.units.push(unit)
    groups.set(name, group)
  }
  const ids = [...new Set(known.values())]
  const rows = await database.selectFrom('privacy_ledger').selectAll().where('id', 'in', ids).execute()
  const books = new Map(rows.map(row => [row.id, row]))
  return [...groups.values()].map(group => {
    const row = group.id === undefined ? undefined : books.get(group.id)!
    return row
      ? {
          ...group,
          ledger: parseLedger(JSON.parse(row.ledger)),
          datasets: JSON.parse(row.datasets),
          person: row.person,
        }
      : { ...group, ledger: fresh!, datasets: [], person }
  })
}

async function ledgerIds(
  database: Kysely<NodeTables>,
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

/** The budgets that hold for a book: of all data sets that its units were in; the last known where none is named now. */
export function budgetsOf(
  { ledger, datasets }: UnitLedger,
  dataset: string,
  budgets: Budgets,
): PrivacyBudget[] {
  const named = [...new Set([...datasets, dataset])].flatMap(name => budgets.get(name) ?? [])
  return named.length > 0 ? named : [ledger.budget]
}

/** What is left to units by the strictest of their budgets. */
export function leftOf(book: UnitLedger, dataset: string, budgets: Budgets): Remaining {
  const all = budgetsOf(book, dataset, budgets).map(budget => remainingBudget({ ...book.ledger, budget }))
  return all.reduce((least, next) => (next.epsilon < least.epsilon ? next : least))
}

/**
 * Sets a release aside in the books of all units that it concerns, or in none. Throws `privacy-budget-exceeded` with what
 * is left to the unit that has least.
 */
export async function chargeUnits(
  transaction: Transaction<NodeTables>,
  books: readonly UnitLedger[],
  charge: {
    release: string
    dataset: string
    budgets: Budgets
    /** For a unit with so many of the records. */
    lossOf: (records: number) => LossCurve
  },
): Promise<void> {
  const { release, dataset, budgets } = charge
  const left = (book: UnitLedger): number => leftOf(book, dataset, budgets).epsilon
  const charged = [...books]
    .sort((one, other) => left(one) - left(other))
    .map(book => {
      const loss = charge.lossOf(book.records)
      const strictest = budgetsOf(book, dataset, budgets)
      const after = strictest.map(budget => reserveLoss({ ...book.ledger, budget }, { release, loss }))
      return { ...book, ledger: after[0]!, datasets: [...new Set([...book.datasets, dataset])] }
    })
  for (const book of charged) await keepLedger(transaction, book)
  await transaction
    .deleteFrom('privacy_ledger')
    .where('id', 'not in', transaction.selectFrom('privacy_unit').select('ledger'))
    .execute()
}

/** Opens books for units that have none, charged with nothing. */
export async function keepFresh(
  transaction: Transaction<NodeTables>,
  units: PrivacyUnits,
  { dataset, fresh }: { dataset: string; fresh: LossLedger },
): Promise<void> {
  for (const book of await ledgersOf(transaction, units, fresh))
    if (book.id === undefined) await keepLedger(transaction, { ...book, datasets: [dataset] })
}

/** Units that had a book together with others get one of their own; what is left of the old one stays as it was. */
async function keepLedger(transaction: Transaction<NodeTables>, book: UnitLedger): Promise<void> {
  const { ledger, datasets, person, units } = book
  const columns = { ledger: JSON.stringify(ledger), datasets: JSON.stringify(datasets), person }
  if (book.id !== undefined && (await sizeOf(transaction, book.id)) === units.length) {
    await transaction.updateTable('privacy_ledger').set(columns).where('id', '=', book.id).execute()
    return
  }
  const { id } = await transaction
    .insertInto('privacy_ledger')
    .values(columns)
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

async function sizeOf(transaction: Transaction<NodeTables>, ledger: number): Promise<number> {
  const { size } = await transaction
    .selectFrom('privacy_unit')
    .select(({ fn }) => fn.countAll<number>().as('size'))
    .where('ledger', '=', ledger)
    .executeTakeFirstOrThrow()
  return Number(size)
}

/** Books a reservation as spent in all books. */
export async function settleUnits(transaction: Transaction<NodeTables>, release: string): Promise<void> {
  await eachLedger(transaction, ledger =>
    Object.hasOwn(ledger.reserved, release) ? settleLoss(ledger, { release }) : ledger,
  )
}

/** Passes every book through `change`. */
export async function eachLedger(
  transaction: Transaction<NodeTables>,
  change: (ledger: LossLedger) => LossLedger,
): Promise<void> {
  for (const row of await transaction.selectFrom('privacy_ledger').select(['id', 'ledger']).execute()) {
    const before = parseLedger(JSON.parse(row.ledger))
    const after = change(before)
    if (after === before) continue
    const text = JSON.stringify(after)
    await transaction.updateTable('privacy_ledger').set({ ledger: text }).where('id', '=', row.id).execute()
  }
}

/** The most that any unit can have lost, at each order. */
export async function greatestLoss(database: Kysely<NodeTables>, unknown: LossCurve): Promise<LossCurve> {
  const rows = await database.selectFrom('privacy_ledger').select('ledger').execute()
  return rows
    .map(row => lossOf(parseLedger(JSON.parse(row.ledger))))
    .reduce((most, loss) => greater(most, loss), unknown)
}

export function greater(one: LossCurve, other: LossCurve): LossCurve {
  return rdpOrders.map((_, index) => Math.max(one[index]!, other[index]!))
}

/** A book in which everything up to now counts as `lost`. */
export function withLoss(ledger: LossLedger, lost: LossCurve): LossLedger {
  return { ...ledger, settled: greater(lossOf(ledger), lost), reserved: {} }
}
