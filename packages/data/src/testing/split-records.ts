import type { Dataset } from '@consort/records'
import { recordDigests } from '../split/record-digests.ts'
import { type Split, splitByDigests } from '../split/split-by-keyed-hash.ts'

/** Splits records by the digests that they have under this key. */
export function splitRecords(
  dataset: Dataset,
  { key, validation }: { key: Uint8Array; validation: number },
): Split {
  return splitByDigests(Buffer.concat(recordDigests(dataset, key)), validation)
}
