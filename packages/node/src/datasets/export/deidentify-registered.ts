import { createHmac } from 'node:crypto'
import {
  type DeidentificationRules,
  type DeidentifiedTable,
  deidentifyTable,
  recipientKey,
} from '@consort/privacy'
import { Refusal, type TableSchema } from '@consort/protocol'
import { currentAgreement } from '../../hub/agreements.ts'
import type { DatasetContext } from '../context.ts'
import type { RegisteredDataset } from '../dataset-store.ts'
import { readRegistered } from '../read-registered.ts'
import { keyedOrder } from './keyed-order.ts'
import { plainRecords } from './plain-records.ts'

export interface Deidentification {
  readonly rules: DeidentificationRules
  readonly recipient: string
  readonly names: readonly string[]
}

/**
 * All records of a registered table as one recipient may have them, in an order of the recipient's own, and how well
 * they hide; nobody has checked yet whether that is enough. Of a CSV file these are all columns, also those that were
 * registered as no features; of a mapped one the agreed fields and the label, and nothing else that the file holds.
 */
export async function deidentifyRegistered(
  context: DatasetContext,
  row: RegisteredDataset,
  { rules, recipient, names }: Deidentification,
): Promise<DeidentifiedTable> {
  const { table } = await readRegistered(context, row)
  const schema = await schemaOf(context, row)
  const label = table?.labelName ?? schema?.label.name
  if (!table || label === undefined) throw new Refusal('input-invalid', `${row.dataset} is no table`)
  const { records, fields } = plainRecords(table.allColumns(), { label, schema, rules })
  const key = exportKey(context, recipient)
  const whatever = { ...rules, k: 0, l: 0 } // the caller asks for k and l, and shows the report where they fail
  const deidentified = deidentifyTable(records, { rules: whatever, fields, key, names })
  const rows = keyedOrder(deidentified.rows.length, key).map(index => deidentified.rows[index]!)
  return { ...deidentified, rows }
}

/** Of one recipient; from a secret of its own, so that no hash can be compared with what else is keyed here. */
export function exportKey({ splitKey }: Pick<DatasetContext, 'splitKey'>, recipient: string): Uint8Array {
  const secret = createHmac('sha256', splitKey).update('consort-deidentification').digest()
  return recipientKey(secret, recipient)
}

/** What the records were mapped to; of a CSV file what the agreement in force says of columns of these names. */
async function schemaOf(
  context: DatasetContext,
  { schema, dataset }: RegisteredDataset,
): Promise<TableSchema | undefined> {
  if (schema) return schema
  return (await currentAgreement(context))?.data.find(agreed => agreed.dataset === dataset)
}
