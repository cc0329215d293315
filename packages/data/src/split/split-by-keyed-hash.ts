import { Refusal } from '@consort/protocol'
import { digestBytes } from './keyed-hash.ts'

export interface Split {
  /** Indices of records, ascending. */
  readonly train: Int32Array
  readonly validation: Int32Array
}

/**
 * A record is kept for validation when the first 48 bits of its keyed digest, as a fraction, are less than
 * `validation` (0 ≤ validation < 1). So a record stays on its side when others come and go, and copies of one
 * record never stand on both. With 0 everything trains. The digests have `digestBytes` each and lie one after the
 * other. Throws `split-empty` when a side would have no records.
 */
export function splitByDigests(digests: Uint8Array, validation: number): Split {
  if (!(validation >= 0 && validation < 1)) throw new RangeError(`No share of records: ${validation}`)
  const limit = validation * 2 ** 48
  const count = digests.length / digestBytes
  const bytes = Buffer.from(digests.buffer, digests.byteOffset, digests.byteLength)
  const sides = { train: new Int32Array(count), validation: new Int32Array(count) }
  const sizes = { train: 0, validation: 0 }
  for (let index = 0; index < count; index++) {
    const side = bytes.readUIntBE(index * digestBytes, 6) < limit ? 'validation' : 'train'
    sides[side][sizes[side]++] = index
  }
  const empty = sizes.train === 0 ? 'training' : 'validation'
  if (sizes.train === 0 || (validation > 0 && sizes.validation === 0)) {
    throw new Refusal('split-empty', `Of ${count} records, none would be left for ${empty}`, {
      hint: 'Choose another share for validation (0 trains on all), or add records.',
    })
  }
  return {
    train: sides.train.slice(0, sizes.train),
    validation: sides.validation.slice(0, sizes.validation),
  }
}
