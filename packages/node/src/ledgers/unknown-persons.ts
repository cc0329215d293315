import { Refusal } from '@consort/protocol'
import type { Kysely } from 'kysely'
import type { RegisteredDataset } from '../datasets/dataset-store.ts'
import type { DatasetBudget } from '../policy/privacy-policy.ts'
import type { NodeTables } from '../tables/node-tables.ts'
import { ledgersByUnit } from './ledger-store.ts'
import { findPersonRecords, type KnownColumns, listPersonColumns } from './person-record-store.ts'
import type { RecordReader } from './records-of-persons.ts'

/** What the records of persons are looked up with. */
interface PersonSource {
  readonly database: Kysely<NodeTables>
  readonly recordsOf: RecordReader
}

/**
 * The columns of a data set whose people have a budget, where this one holds some of its records and does not say
 * whose they are: the column of persons has another name, or is not there, or names nobody, or people whom no ledger
 * knows. Undefined where there is none. A data set whose own budget is by that column opens ledgers for the people that
 * it names.
 */
export async function findUnknownPersons(
  { database, recordsOf }: PersonSource,
  row: RegisteredDataset,
  { own, side }: { own: DatasetBudget | undefined; side: 'train' | 'evaluation' },
): Promise<KnownColumns | undefined> {
  for (const known of await listPersonColumns(database)) {
    if (known.person === own?.person) continue
    const { person, columns } = known
    const records = await recordsOf(row, { person, columns, side })
    const found = await findPersonRecords(database, [...new Set(records.map(({ record }) => record))])
    const units = new Set(records.flatMap(({ record, unit }) => (found.has(record) ? [unit ?? ''] : [])))
    const charged = await ledgersByUnit(database, [...units])
    if (charged.size < units.size) return known
  }
  return undefined
}

/** Refuses what would be charged to nobody. */
export function personsUnknown(row: RegisteredDataset, { dataset, person }: KnownColumns): Refusal {
  return new Refusal(
    'policy-refused',
    `Some records of ${row.dataset} have a budget by person under ${dataset}, and no column ${person} says whose they are as it does there`,
    {
      hint: `Name their persons in a column ${person}, under the same ids, and register it again. If they are other people, give ${row.dataset} a budget by ${person} in policy.yaml.`,
    },
  )
}
