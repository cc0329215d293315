import { createHmac, createSecretKey } from 'node:crypto'
import { textAt } from '../columns/column.ts'
import type { TableDataset } from '../dataset.ts'
import { unitBytes } from './row-messages.ts'

/**
 * A keyed digest of each row as a privacy unit, `unitBytes` long, one after the other: of all its cells and the label
 * under the name `label`, in the order of the names. Readers of files make the same from bytes, while they read.
 */
export function unitDigests(
  table: TableDataset,
  { key, label }: { key: Uint8Array; label: string },
): Uint8Array {
  const secret = createSecretKey(key)
  const columns = [...table.columns, label]
    .map((name, column) => ({ name, column: table.cells[column] ?? table.label }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
  const digests = new Uint8Array(table.count * unitBytes)
  for (let row = 0; row < table.count; row++) {
    const text = JSON.stringify(columns.map(({ name, column }) => [name, textAt(column, row)]))
    const digest = createHmac('sha256', secret).update(`record\n${text}`).digest()
    digests.set(digest.subarray(0, unitBytes), row * unitBytes)
  }
  return digests
}
