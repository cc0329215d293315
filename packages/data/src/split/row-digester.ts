import { createIsMark, type IsMark } from './byte-marks.ts'
import type { KeyedHash } from './keyed-hash.ts'

/** The cells of one row as bytes: cell `i` is `bytes[starts[i]]` up to `bytes[ends[i]]`. */
export interface RowBytes {
  readonly bytes: Uint8Array
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly count: number
  /** Whether a cell may hold what JSON escapes. */
  readonly mayNeedEscapes: boolean
}

/** One cell of the message of a row, and what stands between it and the cell before. */
export interface MessageCell {
  readonly before: string
  readonly cell: number
  /** Texts that mean that nothing is recorded. */
  readonly marks: readonly string[]
}

/** What the digest of a row is made of: `head`, each cell as JSON behind its `before`, and `tail`. */
export interface RowMessage {
  readonly head: string
  readonly cells: readonly MessageCell[]
  readonly tail: string
  /** How many bytes of the digest are kept. */
  readonly width: number
}

interface Part {
  readonly before: Uint8Array
  readonly cell: number
  readonly isMark: IsMark | undefined
}

const quote = 0x22
const nothing = new TextEncoder().encode('null')
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()

/**
 * Makes one keyed digest of each row, of bytes: JSON of a cell is its bytes in quotes, but where something has to be
 * escaped; `null` where it is empty or one of its marks. A class, for the compiler's sake.
 */
export class RowDigester {
  readonly #hash: KeyedHash
  readonly #width: number
  readonly #parts: readonly Part[]
  readonly #suffix: Uint8Array
  readonly #prefixBytes: number
  /** All but the cells. */
  readonly #fixedBytes: number
  #message: Uint8Array
  #digests = new Uint8Array(0)
  #rows = 0

  constructor(hash: KeyedHash, { head, cells, tail, width }: RowMessage) {
    const prefix = Buffer.concat([hash.head, encoder.encode(head)])
    this.#hash = hash
    this.#width = width
    this.#suffix = encoder.encode(tail)
    this.#parts = cells.map(({ before, cell, marks }) => ({
      before: encoder.encode(before),
      cell,
      isMark: marks.length > 0 ? createIsMark(marks) : undefined,
    }))
    const between = this.#parts.reduce((sum, { before }) => sum + before.length + nothing.length, 0)
    this.#prefixBytes = prefix.length
    this.#fixedBytes = prefix.length + between + this.#suffix.length
    this.#message = new Uint8Array(2 * this.#fixedBytes)
    this.#message.set(prefix)
  }

  /** Sets memory aside for so many rows. */
  expect(rows: number): void {
    if (rows * this.#width > 1.25 * this.#digests.length) this.#resize(rows)
  }

  /** Of memory that has been written to. */
  bytes(): number {
    return this.#rows * this.#width
  }

  /** The digests, one after the other. */
  build(): Uint8Array {
    return this.#digests.subarray(0, this.bytes())
  }

  add(row: RowBytes): void {
    const end = row.mayNeedEscapes ? this.#writeJson(row) : this.#writePlain(row)
    this.#message.set(this.#suffix, end)
    const width = this.#width
    if ((this.#rows + 1) * width > this.#digests.length) this.#resize(Math.ceil(1.25 * this.#rows) + 1024)
    const message = this.#message.subarray(0, end + this.#suffix.length)
    this.#hash.digest(message, this.#digests, this.#rows * width, width)
    this.#rows++
  }

  /** Writes the cells, none of which has to be escaped, and returns where they end. */
  #writePlain({ bytes, starts, ends, count }: RowBytes): number {
    this.#makeRoom(ends[count - 1]! - starts[0]! + this.#fixedBytes)
    const message = this.#message
    let at = this.#prefixBytes
    for (const { before, cell, isMark } of this.#parts) {
      for (let place = 0; place < before.length; place++) message[at++] = before[place]!
      const start = starts[cell]!
      const end = ends[cell]!
      if (start === end || isMark?.(bytes, start, end)) {
        for (let place = 0; place < nothing.length; place++) message[at++] = nothing[place]!
        continue
      }
      message[at++] = quote
      for (let from = start; from < end; from++) message[at++] = bytes[from]!
      message[at++] = quote
    }
    return at
  }

  /** The same by way of texts. */
  #writeJson({ bytes, starts, ends }: RowBytes): number {
    let at = this.#prefixBytes
    for (const { before, cell, isMark } of this.#parts) {
      const [start, end] = [starts[cell]!, ends[cell]!]
      const isMissing = start === end || isMark?.(bytes, start, end)
      const json = isMissing
        ? nothing
        : encoder.encode(JSON.stringify(decoder.decode(bytes.subarray(start, end))))
      this.#makeRoom(at + json.length + this.#fixedBytes)
      this.#message.set(before, at)
      this.#message.set(json, at + before.length)
      at += before.length + json.length
    }
    return at
  }

  #makeRoom(needed: number): void {
    if (needed <= this.#message.length) return
    const larger = new Uint8Array(2 * needed)
    larger.set(this.#message)
    this.#message = larger
  }

  #resize(rows: number): void {
    const larger = new Uint8Array(rows * this.#width)
    larger.set(this.build())
    this.#digests = larger
  }
}
