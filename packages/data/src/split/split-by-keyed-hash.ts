import { Refusal } from '@consort/protocol'
import type { Dataset } from '../dataset.ts'
import { recordDigests } from './record-digests.ts'

export interface Split {
  /** Indices of records, ascending. */
  readonly train: Int32Array
  readonly validation: Int32Array
}

/**
 * A record is kept for validation when the first 48 bits of its keyed digest, as a fraction, are less than
 * `validation` (0 ≤ validation < 1). So a record stays on its side when others come and go, and copies of one
 * record never stand on both. With 0 everything trains. Throws `split-empty` when a side would have no records.
 */
export function splitByKeyedHash(
  dataset: Dataset,
  { key, validation }: { key: Uint8Array; validation: number },
): Split {
  if (!(validation >= 0 && validation < 1)) throw new RangeError(`No share of records: ${validation}`)
  const limit = validation * 2 ** 48
  const sides: { train: number[]; validation: number[] } = { train: [], validation: [] }
  recordDigests(dataset, key).forEach((digest, index) => {
    sides[digest.readUIntBE(0, 6) < limit ? 'validation' : 'train'].push(index)
  })
  const empty = sides.train.length === 0 ? 'training' : 'validation'
  if (sides.train.length === 0 || (validation > 0 && sides.validation.length === 0)) {
    throw new Refusal('split-empty', `Of ${dataset.count} records, none would be left for ${empty}`, {
      hint: 'Choose another share for validation (0 trains on all), or add records.',
    })
  }
  return { train: Int32Array.from(sides.train), validation: Int32Array.from(sides.validation) }
}
