/** Ordinary memory where a page has none that threads share. */
const Memory = typeof SharedArrayBuffer === 'undefined' ? ArrayBuffer : SharedArrayBuffer

/*
 * Columns lie in memory that threads share: one thread reads a file, another answers, a third trains, and none has a
 * copy. V8 doesn't count such memory; `reading/counted-memory.ts` does.
 */

/** `length` zeros. */
export function sharedNumbers(length: number): Float64Array {
  return new Float64Array(new Memory(length * Float64Array.BYTES_PER_ELEMENT))
}

/** `length` zeros. */
export function sharedCodes(length: number): Int32Array {
  return new Int32Array(new Memory(length * Int32Array.BYTES_PER_ELEMENT))
}

/** `length` zeros. */
export function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new Memory(length))
}
