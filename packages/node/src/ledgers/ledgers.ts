import {
  type LossCurve,
  type LossLedger,
  lossOf,
  type PrivacyBudget,
  type Remaining,
  rdpOrders,
  remainingBudget,
  reserveLoss,
  settleLoss,
} from '@consort/privacy'
import type { Transaction } from 'kysely'
import type { NodeReader, NodeTables } from '../tables/node-tables.ts'
import {
  addLedger,
  allLedgers,
  countUnitsOf,
  dropUnused,
  ledgersByUnit,
  readLedgers,
  replaceLedger,
  replaceLosses,
  type SharedLedger,
} from './ledger-store.ts'
import type { PrivacyUnits } from './units.ts'

/** The ledger that some of a data set's units share. */
export interface UnitLedger extends SharedLedger {
  /** Undefined for units that were never charged. */
  readonly id: number | undefined
  /** Of the units' records here: how many each of them has. */
  readonly records: number
  readonly units: readonly string[]
}

/** By the name of the data set. */
export type Budgets = ReadonlyMap<string, PrivacyBudget>

/**
 * The ledgers of these units, those with equally many records together. `fresh` opens one for units that have none;
 * where it is undefined they are left out.
 */
export async function ledgersOf(
  database: NodeReader,
  { counts, person }: PrivacyUnits,
  fresh: LossLedger | undefined,
): Promise<UnitLedger[]> {
  const known = await ledgersByUnit(database, [...counts.keys()])
  const groups = new Map<string, { id: number | undefined; records: number; units: string[] }>()
  for (const [unit, records] of counts) {
    const id = known.get(unit)
    if (id === undefined && fresh === undefined) continue
    const name = `${id} ${records}`
    const group = groups.get(name) ?? { id, records, units: [] }
    group.units.push(unit)
    groups.set(name, group)
  }
  const ledgers = await readLedgers(database, [...new Set(known.values())])
  return [...groups.values()].map(group => ({
    ...group,
    ...(group.id === undefined ? { ledger: fresh!, datasets: [], person } : ledgers.get(group.id)!),
  }))
}

/**
 * The budgets that hold for a ledger: of all data sets that its units were in; the last known where none is named now.
 */
export function budgetsOf(
  { ledger, datasets }: UnitLedger,
  dataset: string,
  budgets: Budgets,
): PrivacyBudget[] {
  const named = [...new Set([...datasets, dataset])].flatMap(name => budgets.get(name) ?? [])
  return named.length > 0 ? named : [ledger.budget]
}

/** What is left to units by the strictest of their budgets. */
export function leftOf(shared: UnitLedger, dataset: string, budgets: Budgets): Remaining {
  const all = budgetsOf(shared, dataset, budgets).map(budget => remainingBudget({ ...shared.ledger, budget }))
  return all.reduce((least, next) => (next.epsilon < least.epsilon ? next : least))
}

/**
 * Sets a release aside in the ledgers of all units that it concerns, or in none. Throws `privacy-budget-exceeded` with
 * what is left to the unit that has least.
 */
export async function chargeUnits(
  transaction: Transaction<NodeTables>,
  ledgers: readonly UnitLedger[],
  charge: {
    release: string
    dataset: string
    budgets: Budgets
    /** For a unit with so many of the records. */
    lossOf: (records: number) => LossCurve
  },
): Promise<void> {
  const { release, dataset, budgets } = charge
  const left = (shared: UnitLedger): number => leftOf(shared, dataset, budgets).epsilon
  const charged = [...ledgers]
    .sort((one, other) => left(one) - left(other))
    .map(shared => {
      const loss = charge.lossOf(shared.records)
      const strictest = budgetsOf(shared, dataset, budgets)
      const after = strictest.map(budget => reserveLoss({ ...shared.ledger, budget }, { release, loss }))
      return { ...shared, ledger: after[0]!, datasets: [...new Set([...shared.datasets, dataset])] }
    })
  for (const shared of charged) await keepLedger(transaction, shared)
  await dropUnused(transaction)
}

/** Opens ledgers for units that have none, charged with nothing. */
export async function keepFresh(
  transaction: Transaction<NodeTables>,
  units: PrivacyUnits,
  { dataset, fresh }: { dataset: string; fresh: LossLedger },
): Promise<void> {
  for (const shared of await ledgersOf(transaction, units, fresh))
    if (shared.id === undefined) await keepLedger(transaction, { ...shared, datasets: [dataset] })
}

/** Units that had a ledger together with others get one of their own; what is left of the old one stays as it was. */
async function keepLedger(transaction: Transaction<NodeTables>, shared: UnitLedger): Promise<void> {
  const { id, units } = shared
  const isAll = id !== undefined && (await countUnitsOf(transaction, id)) === units.length
  if (isAll) await replaceLedger(transaction, id, shared)
  else await addLedger(transaction, shared, units)
}

/** Counts a reservation as spent in all ledgers. */
export async function settleUnits(transaction: Transaction<NodeTables>, release: string): Promise<void> {
  await eachLedger(transaction, ledger =>
    Object.hasOwn(ledger.reserved, release) ? settleLoss(ledger, { release }) : ledger,
  )
}

/** Passes every ledger through `change`. */
export async function eachLedger(
  transaction: Transaction<NodeTables>,
  change: (ledger: LossLedger) => LossLedger,
): Promise<void> {
  for (const { id, ledger: before } of await allLedgers(transaction)) {
    const after = change(before)
    if (after !== before) await replaceLosses(transaction, { id, ledger: after })
  }
}

/** The most that any unit can have lost, at each order. */
export async function greatestLoss(database: NodeReader, unknown: LossCurve): Promise<LossCurve> {
  const ledgers = await allLedgers(database)
  return ledgers.map(({ ledger }) => lossOf(ledger)).reduce((most, loss) => greater(most, loss), unknown)
}

/** The greater of two losses, order by order. */
export function greater(one: LossCurve, other: LossCurve): LossCurve {
  return rdpOrders.map((_, index) => Math.max(one[index]!, other[index]!))
}

/** A ledger in which everything up to now counts as `lost`. */
export function withLoss(ledger: LossLedger, lost: LossCurve): LossLedger {
  return { ...ledger, settled: greater(lossOf(ledger), lost), reserved: {} }
}
