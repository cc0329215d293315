import { createHmac, createSecretKey } from 'node:crypto'
import type { Examples } from '@consort/train'

/** Which held-out records fit the temperature, and which the threshold; indices, ascending. */
export interface CalibrationHalves {
  readonly temperature: Int32Array
  readonly threshold: Int32Array
}

/**
 * Each record's half by one bit of an HMAC of what the model sees of it and its label, under a key that stays at the node:
 * fixed for ever, the same for copies of a record, and independent of the hash that held the record out.
 */
export function calibrationHalves(
  { count, inputs, labels }: Pick<Examples, 'count' | 'inputs' | 'labels'>,
  key: Uint8Array,
): CalibrationHalves {
  const secret = createSecretKey(key)
  const size = inputs.length / count
  const halves: { temperature: number[]; threshold: number[] } = { temperature: [], threshold: [] }
  for (let index = 0; index < count; index++) {
    const { buffer, byteOffset, byteLength } = inputs.subarray(index * size, (index + 1) * size)
    const digest = createHmac('sha256', secret)
      .update(`consort-calibration\n${labels[index]}\n`)
      .update(new Uint8Array(buffer, byteOffset, byteLength))
      .digest()
    halves[(digest[0]! & 1) === 0 ? 'temperature' : 'threshold'].push(index)
  }
  return { temperature: Int32Array.from(halves.temperature), threshold: Int32Array.from(halves.threshold) }
}
