import assert from 'node:assert/strict'

/**
 * Ring elements on the wire: `bits` (17 … 25) bits each, without gaps, lowest bit first; element i has the bits from
 * i · bits on. The last byte is filled up with zeros.
 */
export interface Packer {
  /** Appends the low bits of each word. */
  add(words: Uint32Array): void
  /** Writes what is left of the last byte. */
  finish(): void
}

export function packInto(bytes: Uint8Array, bits: number): Packer {
  assert(bits >= 17 && bits <= 25)
  /** Bits that do not fill a byte yet, fewer than eight, and where that byte will stand. */
  let left = { hold: 0, held: 0, at: 0 }
  return {
    add(words) {
      left = packWords(words, { bytes, bits, ...left })
    },
    finish() {
      if (left.held > 0) bytes[left.at] = left.hold
      assert.equal(left.at + (left.held > 0 ? 1 : 0), bytes.length)
    },
  }
}

/** With the state in local variables, which is 3 times as fast as in the packer's. */
function packWords(
  words: Uint32Array,
  of: { bytes: Uint8Array; bits: number; hold: number; held: number; at: number },
): { hold: number; held: number; at: number } {
  const { bytes, bits } = of
  const mask = 2 ** bits - 1
  let { hold, held, at } = of
  for (let index = 0; index < words.length; index++) {
    hold |= (words[index]! & mask) << held // held < 8, so at most 32 bits
    bytes[at] = hold
    bytes[at + 1] = hold >>> 8
    at += 2
    hold >>>= 16
    held += bits - 16
    while (held >= 8) {
      bytes[at++] = hold
      hold >>>= 8
      held -= 8
    }
  }
  return { hold, held, at }
}

/**
 * Adds any piece of a packed vector to 32-bit words: `bytes` (under 256 MiB) begin at byte `offset` of the vector.
 * Pieces may come in any order and be cut anywhere, also within an element, because an element is the sum of its parts.
 */
export function addPacked(
  words: Uint32Array,
  { bytes, offset, bits }: { bytes: Uint8Array; offset: number; bits: number },
): void {
  assert(bits >= 17 && bits <= 25 && bytes.length < 2 ** 28)
  const piece = { bytes, start: offset * 8, bits }
  const end = piece.start + bytes.length * 8
  const first = Math.ceil(piece.start / bits)
  const position = first * bits - piece.start
  // Elements that begin in this piece at least four bytes before its end, so that one load has all their bits.
  const whole = Math.max(0, Math.floor((8 * (bytes.length - 4) + 7 - position) / bits) + 1)
  addParts(words, piece, { from: piece.start, to: Math.min(end, first * bits) })
  addWhole(words.subarray(first, first + whole), piece, position)
  addParts(words, piece, { from: Math.min(end, (first + whole) * bits), to: end })
}

interface Piece {
  readonly bytes: Uint8Array
  /** In bits from the beginning of the vector. */
  readonly start: number
  readonly bits: number
}

function addWhole(words: Uint32Array, { bytes, bits }: Piece, position: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const mask = 2 ** bits - 1
  let bit = position
  for (let index = 0; index < words.length; index++) {
    words[index] = (words[index]! + ((view.getUint32(bit >>> 3, true) >>> (bit & 7)) & mask)) | 0
    bit += bits
  }
}

/** Byte by byte, for the few elements at the ends of a piece. Bits that fill up the last byte fall outside `words`. */
function addParts(
  words: Uint32Array,
  { bytes, start, bits }: Piece,
  { from, to }: { from: number; to: number },
): void {
  let bit = from
  while (bit < to) {
    const element = Math.floor(bit / bits)
    const shift = bit - element * bits
    const inByte = bit % 8
    const taken = Math.min(8 - inByte, bits - shift, to - bit)
    const part = (bytes[Math.floor((bit - start) / 8)]! >>> inByte) & (2 ** taken - 1)
    words[element]! += part << shift
    bit += taken
  }
}
