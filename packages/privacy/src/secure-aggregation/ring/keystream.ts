import { createCipheriv } from 'node:crypto'

/** A mask over the whole vector: added by one of a pair and subtracted by the other; a self-mask is added. */
export interface Mask {
  /** 32 bytes. */
  readonly key: Uint8Array
  readonly sign: 1 | -1
}

/** Values worked on at a time: 64 KiB of 32-bit words, which stay in the nearest cache. */
export const blockValues = 2 ** 14

/**
 * Masks as streams of 32-bit words, the keystream of AES-256-CTR from a zero counter. `addTo` adds the next
 * `block.length` words of each mask to `block` modulo 2³², of which the low bits are the ring: 2^bits divides 2³².
 * The block before the last is whole, and so on: all but the last call take `blockValues` values.
 *
 * A key serves one vector: it is derived for one pair, context and use. An idle core makes 3.6 GB of keystream a
 * second.
 */
export function openMasks(masks: readonly Mask[]): { addTo(block: Uint32Array): void } {
  const streams = masks.map(({ key, sign }) => ({ words: openKeystream(key), sign }))
  return {
    addTo(block) {
      for (const { words, sign } of streams) (sign === 1 ? add : subtract)(block, words(block.length))
    },
  }
}

/** The words of a keystream, in calls for whole blocks up to the last. */
export function openKeystream(key: Uint8Array): (count: number) => Uint32Array {
  const cipher = createCipheriv('aes-256-ctr', key, zeroCounter)
  return count => {
    const bytes = cipher.update(zeros.subarray(0, count * 4))
    if (bytes.byteOffset % 4 === 0) return new Uint32Array(bytes.buffer, bytes.byteOffset, count)
    return new Uint32Array(new Uint8Array(bytes).buffer)
  }
}

const zeroCounter = new Uint8Array(16)
const zeros = new Uint8Array(blockValues * 4)

/** `| 0` keeps V8 in 32-bit integers, where the sum would else be a float64. */
function add(block: Uint32Array, words: Uint32Array): void {
  for (let index = 0; index < block.length; index++) block[index] = (block[index]! + words[index]!) | 0
}

function subtract(block: Uint32Array, words: Uint32Array): void {
  for (let index = 0; index < block.length; index++) block[index] = (block[index]! - words[index]!) | 0
}
