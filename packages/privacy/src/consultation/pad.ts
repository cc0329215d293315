import assert from 'node:assert/strict'
import { consultationSizes, Refusal } from '@consort/protocol'

/** What sealing adds: an ephemeral key of 32 bytes before, a tag of 16 behind. */
export const sealBytes = 48

const lengthBytes = 4

/**
 * The text with its length before it and zeros behind it, so long that sealed it has the least of the fixed sizes that
 * holds it. Throws `too-large` beyond the greatest.
 */
export function pad(plain: Uint8Array): Uint8Array {
  const size = consultationSizes.find(size => size - sealBytes - lengthBytes >= plain.length)
  if (size === undefined) {
    throw new Refusal('too-large', `A consultation holds ${greatest} bytes, and this is ${plain.length}`, {
      hint: 'Ask with a smaller picture, or leave fields out.',
    })
  }
  const padded = new Uint8Array(size - sealBytes)
  new DataView(padded.buffer).setUint32(0, plain.length)
  padded.set(plain, lengthBytes)
  return padded
}

/** Undoes `pad`. Throws `value-invalid` for a length that does not fit, and where the rest is not all zeros. */
export function unpad(padded: Uint8Array): Uint8Array {
  assert.ok(padded.length >= lengthBytes)
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0)
  const end = lengthBytes + length
  // Whatever hides behind the end would travel unseen by whoever reads the text.
  if (end <= padded.length && padded.subarray(end).every(byte => byte === 0)) {
    return padded.slice(lengthBytes, end)
  }
  throw new Refusal('value-invalid', 'The message is not padded as agreed')
}

const greatest = consultationSizes.at(-1)! - sealBytes - lengthBytes
