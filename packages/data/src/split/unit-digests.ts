import { createHmac, createSecretKey } from 'node:crypto'
import { type Dataset, unitContentOf } from '@consort/records'
import { unitBytes } from './row-messages.ts'

/**
 * A keyed digest of each record as a privacy unit, `unitBytes` long, one after the other: of a row all its cells and
 * the label under the name `label`, in the order of the names; of a picture its pixels. Readers of files make the same
 * from bytes, while they read.
 */
export function unitDigests(
  dataset: Dataset,
  { key, label }: { key: Uint8Array; label: string },
): Uint8Array {
  const secret = createSecretKey(key)
  const contentOf = unitContentOf(dataset, label)
  const digests = new Uint8Array(dataset.count * unitBytes)
  for (let index = 0; index < dataset.count; index++) {
    const { head, body } = contentOf(index)
    const digest = createHmac('sha256', secret).update(head).update(body).digest()
    digests.set(digest.subarray(0, unitBytes), index * unitBytes)
  }
  return digests
}
