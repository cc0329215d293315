import type { Digest } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { DatasetContext } from '../context.ts'

/** Counts, digests and the names of data set and recipient; what was exported can be compared with it later. */
export type ExportEntry =
  | {
      readonly dataset: string
      readonly recipient: string
      readonly digest: Digest
      readonly rules: Digest
      readonly rows: number
      readonly k: number
      /** Null where no field is named as sensitive. */
      readonly l: number | null
    }
  | {
      readonly dataset: string
      readonly recipient: string
      readonly digest: Digest
      readonly pictures: number
    }

/** Writes an export into the audit log. */
export async function logExport(
  context: Pick<DatasetContext, 'database' | 'key' | 'now'>,
  entry: ExportEntry,
): Promise<void> {
  await context.database
    .transaction()
    .execute(transaction =>
      appendEvent(context, transaction, { kind: 'records-exported', body: { ...entry } }),
    )
}
