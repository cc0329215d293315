const bytesAtFirst = 1024
const entriesAtFirst = 64

/** Texts as UTF-8 bytes, each kept once, found again by a hash of its bytes: no string is made while a file is read. */
export interface ByteDictionary {
  readonly size: number
  /** Of memory. */
  bytes(): number
  /** The code of a text, counted from 0 in the order in which they first come. */
  codeOf(bytes: Uint8Array, start: number, end: number): number
  texts(): string[]
}

/** Open addressing with linear steps, at most half full; FNV-1a over the bytes. */
export function createByteDictionary(): ByteDictionary {
  let pool = new Uint8Array(bytesAtFirst)
  let ends = new Uint32Array(entriesAtFirst)
  let hashes = new Int32Array(entriesAtFirst)
  let table = new Int32Array(2 * entriesAtFirst).fill(-1)
  let size = 0
  let used = 0

  const isAt = (code: number, bytes: Uint8Array, start: number, end: number): boolean => {
    const from = code === 0 ? 0 : ends[code - 1]!
    if (ends[code]! - from !== end - start) return false
    for (let at = start, own = from; at < end; at++, own++) if (bytes[at] !== pool[own]) return false
    return true
  }
  const grow = (needed: number): void => {
    if (used + needed > pool.length)
      pool = filled(new Uint8Array(Math.max(2 * pool.length, used + needed)), pool)
    if (size < ends.length) return
    ends = filled(new Uint32Array(2 * size), ends)
    hashes = filled(new Int32Array(2 * size), hashes)
    table = new Int32Array(4 * size).fill(-1)
    for (let code = 0; code < size; code++) {
      let place = hashes[code]! & (table.length - 1)
      while (table[place]! >= 0) place = (place + 1) & (table.length - 1)
      table[place] = code
    }
  }

  return {
    get size() {
      return size
    },
    bytes: () => pool.byteLength + 2 * ends.byteLength + table.byteLength,
    codeOf(bytes, start, end) {
      let hash = 0x811c9dc5
      for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193)
      hash ^= hash >>> 15
      let place = hash & (table.length - 1)
      for (let code = table[place]!; code >= 0; code = table[place]!) {
        if (hashes[code] === hash && isAt(code, bytes, start, end)) return code
        place = (place + 1) & (table.length - 1)
      }
      table[place] = size
      hashes[size] = hash
      if (used + end - start > pool.length) grow(end - start)
      pool.set(bytes.subarray(start, end), used)
      used += end - start
      ends[size++] = used
      grow(0)
      return size - 1
    },
    texts() {
      const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
      return Array.from({ length: size }, (_, code) =>
        decoder.decode(pool.subarray(code === 0 ? 0 : ends[code - 1]!, ends[code]!)),
      )
    },
  }
}

/** `larger`, which begins with what `array` holds. */
function filled<T extends { set(values: T): void }>(larger: T, array: T): T {
  larger.set(array)
  return larger
}
