import { isUtf8 } from 'node:buffer'

/** Checks text that comes in pieces, which may end within a character. */
export interface Utf8Check {
  /** Whether all bytes up to `to` are UTF-8, but for a character that the next piece may complete. */
  holds(bytes: Uint8Array, from: number, to: number): boolean
  /** Whether nothing is left open. */
  isComplete(): boolean
}

/** The bytes of the character that the last piece left open stand before the next one, in the same array. */
export function createUtf8Check(): Utf8Check {
  let open = 0
  return {
    holds(bytes, from, to) {
      const start = from - open
      open = openBytes(bytes, start, to)
      return isUtf8(bytes.subarray(start, to - open))
    },
    isComplete: () => open === 0,
  }
}

/** How many bytes at the end begin a character that is longer than they are. */
function openBytes(bytes: Uint8Array, from: number, to: number): number {
  for (let back = 1; back <= 3 && to - back >= from; back++) {
    const byte = bytes[to - back]!
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return lengthFrom(byte) > back ? back : 0
  }
  return 0
}

function lengthFrom(first: number): number {
  if (first >= 0xf0) return 4
  return first >= 0xe0 ? 3 : 2
}
