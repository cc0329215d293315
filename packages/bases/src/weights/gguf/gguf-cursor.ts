/** Thrown when the bytes at hand end before what is read: more of the file may help. */
export class Short extends Error {}

export type GgufValue = number | string | boolean | readonly GgufValue[]

/** Goes through the little-endian bytes of a GGUF header. Throws `Short` at their end, `TypeError` for nonsense. */
export class GgufCursor {
  readonly #bytes: Buffer
  at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  u32(): number {
    return this.#take(4).readUInt32LE()
  }

  u64(): number {
    const value = this.#take(8).readBigUInt64LE()
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new TypeError(`it counts ${value} of something`)
    return Number(value)
  }

  text(): string {
    return this.#take(this.u64()).toString('utf8')
  }

  /** A value of one of the thirteen types of the format. */
  value(type: number): GgufValue {
    const scalar = scalars[type]
    if (scalar) return scalar.read(this.#take(scalar.bytes))
    if (type === 8) return this.text()
    if (type === 9) return this.#array()
    throw new TypeError(`a value is of type ${type}, which is none of the format`)
  }

  #array(): GgufValue[] {
    const type = this.u32()
    if (type === 9) throw new TypeError('an array holds arrays')
    const count = this.u64()
    // Each takes a byte at least: a count that lies is found before room is made for it.
    if (count > this.#bytes.length - this.at) throw new Short()
    return Array.from({ length: count }, () => this.value(type))
  }

  #take(count: number): Buffer {
    if (count > this.#bytes.length - this.at) throw new Short()
    this.at += count
    return this.#bytes.subarray(this.at - count, this.at)
  }
}

/** By the number of the type. 64 bits become a number, exact up to 2⁵³: nothing that is used here is larger. */
const scalars: Readonly<Record<number, { bytes: number; read(bytes: Buffer): number | boolean }>> = {
  0: { bytes: 1, read: bytes => bytes.readUInt8() },
  1: { bytes: 1, read: bytes => bytes.readInt8() },
  2: { bytes: 2, read: bytes => bytes.readUInt16LE() },
  3: { bytes: 2, read: bytes => bytes.readInt16LE() },
  4: { bytes: 4, read: bytes => bytes.readUInt32LE() },
  5: { bytes: 4, read: bytes => bytes.readInt32LE() },
  6: { bytes: 4, read: bytes => bytes.readFloatLE() },
  7: { bytes: 1, read: bytes => bytes.readUInt8() !== 0 },
  10: { bytes: 8, read: bytes => Number(bytes.readBigUInt64LE()) },
  11: { bytes: 8, read: bytes => Number(bytes.readBigInt64LE()) },
  12: { bytes: 8, read: bytes => bytes.readDoubleLE() },
}
