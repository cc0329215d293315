import { createHmac, createSecretKey } from 'node:crypto'

/** Which held-out records make the probabilities, and which the gate; indices. */
export interface CalibrationHalves {
  readonly probabilities: Int32Array
  readonly gate: Int32Array
}

/** Held-out records as a model sees them, one after the other, and the class of each by its place. */
export interface EncodedRecords {
  readonly count: number
  readonly inputs: Float32Array | Uint8Array
  readonly labels: ArrayLike<number>
}

/**
 * Gives each record its half by one bit of an HMAC of what the model sees of it and its label, under a key that stays
 * at the node: fixed for ever, the same for copies of a record, and independent of the hash that held the record out.
 * In each half they come in the order of the rest of that HMAC: whatever order a file has, sorted by label say, bets on
 * them must not see it.
 */
export function calibrationHalves(
  { count, inputs, labels }: EncodedRecords,
  key: Uint8Array,
): CalibrationHalves {
  const secret = createSecretKey(key)
  const size = inputs.length / count
  const digests = Array.from({ length: count }, (_, index) => {
    const { buffer, byteOffset, byteLength } = inputs.subarray(index * size, (index + 1) * size)
    return createHmac('sha256', secret)
      .update(`consort-calibration\n${labels[index]}\n`)
      .update(new Uint8Array(buffer, byteOffset, byteLength))
      .digest()
  })
  const order = [...digests.keys()].sort((a, b) => digests[a]!.compare(digests[b]!, 1, 32, 1, 32) || a - b)
  const half = (bit: 0 | 1) => Int32Array.from(order.filter(index => (digests[index]![0]! & 1) === bit))
  return { probabilities: half(0), gate: half(1) }
}
