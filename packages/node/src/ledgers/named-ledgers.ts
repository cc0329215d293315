import type { Readings } from '@consort/data'
import { defaultDelta, type LossLedger, openLedger } from '@consort/privacy'
import { type Id, Refusal } from '@consort/protocol'
import type { Kysely, Transaction } from 'kysely'
import type { Logger } from 'pino'
import { findCurrent, type RegisteredDataset } from '../datasets/dataset-store.ts'
import { readRegistered } from '../datasets/read-registered.ts'
import type { DatasetBudget, PrivacyPolicy } from '../policy/privacy-policy.ts'
import type { NodeReader, NodeTables } from '../tables/node-tables.ts'
import { keepFresh } from './ledgers.ts'
import { readMark } from './mark-store.ts'
import { keepPersonRecords } from './person-record-store.ts'
import { columnsOfPersons, type RecordReader } from './records-of-persons.ts'
import type { UnitReader } from './remembered-units.ts'
import { unitRuleOf } from './units.ts'

interface NamedLedgers {
  readonly database: Kysely<NodeTables>
  readonly member: Id<'member'>
  readonly log: Logger
  readonly unitsOf: UnitReader
  readonly recordsOf: RecordReader
  readonly readings: Readings
}

/**
 * Records get their ledgers when a budget is first named for their data set, charged with nothing: from then on they
 * carry them under any other name too. Where people have the ledgers, their records are remembered beside them. A data
 * set whose files cannot be read any more gets none, since nothing can be released of it.
 */
export function createNamedLedgers(named: NamedLedgers): (policy: PrivacyPolicy) => Promise<void> {
  /** Data cards whose units have ledgers, and by which column of persons. */
  const opened = new Set<string>()
  return async ({ budgets }) => {
    for (const budget of budgets) {
      try {
        const row = await findCurrent(named.database, budget.dataset)
        const name = `${row?.id} ${budget.person ?? ''}`
        if (!row || opened.has(name)) continue
        for (const side of ['train', 'evaluation'] as const)
          await openLedgersOfSide(named, { row, budget, side })
        opened.add(name)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        named.log.warn({ dataset: budget.dataset, code: error.code }, 'privacy-ledgers-not-opened')
      }
    }
  }
}

interface NamedSide {
  readonly row: RegisteredDataset
  readonly budget: DatasetBudget
  readonly side: 'train' | 'evaluation'
}

async function openLedgersOfSide(named: NamedLedgers, of: NamedSide): Promise<void> {
  const { database, member, unitsOf } = named
  const { row, budget, side } = of
  const [units] = await unitsOf(row, { side, rules: [unitRuleOf(budget)] })
  if (!units || units.counts.size === 0) return
  const { epsilon, delta = defaultDelta({ records: units.counts.size }) } = budget
  const keepRecords = await rememberRecords(named, of)
  await database.transaction().execute(async transaction => {
    const fresh = await freshLedger(transaction, { epsilon, delta }, member)
    await keepFresh(transaction, units, { dataset: row.dataset, fresh })
    await keepRecords(transaction)
  })
}

/** A person's records are known again where another data set does not say whose they are. */
async function rememberRecords(
  { readings, recordsOf }: NamedLedgers,
  { row, budget: { person }, side }: NamedSide,
): Promise<(transaction: Transaction<NodeTables>) => Promise<void>> {
  const columns =
    person === undefined ? undefined : columnsOfPersons(await readRegistered({ readings }, row), row, person)
  if (!columns) return async () => {}
  const records = await recordsOf(row, { ...columns, side })
  const named = records.flatMap(({ record, unit }) => (unit === null ? [] : [record]))
  return transaction =>
    keepPersonRecords(transaction, { ...columns, dataset: row.dataset }, [...new Set(named)])
}

/** A ledger for units that have none; since an older copy was reconciled they may have lost something all the same. */
export async function freshLedger(
  database: NodeReader,
  budget: { epsilon: number; delta: number },
  member: string,
): Promise<LossLedger> {
  const { unknown } = await readMark(database, member)
  return { ...openLedger(budget), settled: unknown }
}
