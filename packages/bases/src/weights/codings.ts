import type { Dtype } from '../base.ts'
import { floatsOfHalves } from './halves.ts'

/** How numbers of one kind lie on the disk: in blocks of so many numbers and bytes. */
export interface Coding {
  readonly numbers: number
  readonly bytes: number
  /** Decodes whole blocks. `into` has room for all of their numbers. */
  decode(blocks: Uint8Array, into: Float32Array): void
}

/** All little-endian, as both formats are. The blocks are ggml's (`ggml-quants.c`): 32 numbers, one float16 scale d. */
export const codings = {
  F32: { numbers: 1, bytes: 4, decode: (blocks, into) => bytesOf(into).set(blocks) },
  F16: { numbers: 1, bytes: 2, decode: decodeF16 },
  BF16: { numbers: 1, bytes: 2, decode: decodeBf16 },
  Q8_0: { numbers: 32, bytes: 34, decode: decodeQ80 },
  Q4_0: { numbers: 32, bytes: 18, decode: decodeQ40 },
  Q4_1: { numbers: 32, bytes: 20, decode: decodeQ41 },
} as const satisfies Record<Dtype, Coding>

/** Tells whether numbers of this kind are read here. */
export const isDtype = (dtype: string): dtype is Dtype => Object.hasOwn(codings, dtype)

/** Bytes that so many numbers take; undefined where they are no whole number of blocks. */
export function bytesOfNumbers(dtype: Dtype, numbers: number): number | undefined {
  const { numbers: inBlock, bytes } = codings[dtype]
  return numbers % inBlock === 0 ? (numbers / inBlock) * bytes : undefined
}

const bytesOf = (floats: Float32Array): Uint8Array =>
  new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength)

function decodeF16(blocks: Uint8Array, into: Float32Array): void {
  const floats = floatsOfHalves()
  for (let at = 0, i = 0; at < blocks.length; at += 2, i++)
    into[i] = floats[blocks[at]! | (blocks[at + 1]! << 8)]!
}

/** The upper half of a float32 (Kalamkar et al. 2019). */
function decodeBf16(blocks: Uint8Array, into: Float32Array): void {
  const bits = new Uint32Array(into.buffer, into.byteOffset, into.length)
  for (let at = 0, i = 0; at < blocks.length; at += 2, i++)
    bits[i] = ((blocks[at]! | (blocks[at + 1]! << 8)) << 16) >>> 0
}

/** q·d, q an int8. */
function decodeQ80(blocks: Uint8Array, into: Float32Array): void {
  const floats = floatsOfHalves()
  for (let at = 0, i = 0; at < blocks.length; at += 34, i += 32) {
    const d = floats[blocks[at]! | (blocks[at + 1]! << 8)]!
    for (let j = 0; j < 32; j++) into[i + j] = ((blocks[at + 2 + j]! << 24) >> 24) * d
  }
}

/** (q − 8)·d; the lower four bits of byte j are number j, the upper ones number j + 16. */
function decodeQ40(blocks: Uint8Array, into: Float32Array): void {
  const floats = floatsOfHalves()
  for (let at = 0, i = 0; at < blocks.length; at += 18, i += 32) {
    const d = floats[blocks[at]! | (blocks[at + 1]! << 8)]!
    for (let j = 0; j < 16; j++) {
      const byte = blocks[at + 2 + j]!
      into[i + j] = ((byte & 15) - 8) * d
      into[i + 16 + j] = ((byte >> 4) - 8) * d
    }
  }
}

/** q·d + m, q in the order of Q4_0; m is the second float16. */
function decodeQ41(blocks: Uint8Array, into: Float32Array): void {
  const floats = floatsOfHalves()
  for (let at = 0, i = 0; at < blocks.length; at += 20, i += 32) {
    const d = floats[blocks[at]! | (blocks[at + 1]! << 8)]!
    const m = floats[blocks[at + 2]! | (blocks[at + 3]! << 8)]!
    for (let j = 0; j < 16; j++) {
      const byte = blocks[at + 4 + j]!
      into[i + j] = Math.fround((byte & 15) * d) + m
      into[i + 16 + j] = Math.fround((byte >> 4) * d) + m
    }
  }
}
