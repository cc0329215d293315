import type { ReadLimits } from '../files/read-limits.ts'
import { trimmedSpan } from './trimmed-span.ts'

const quote = 0x22
const lineFeed = 0x0a
const carriageReturn = 0x0d

/** One record of a file, as bytes; valid until the next one. */
export interface CsvRecord {
  readonly bytes: Uint8Array
  /** Cell `i` is `bytes[starts[i]]` up to `bytes[ends[i]]`, trimmed and without its quotes. */
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly count: number
  /** The number of the last line that the record stands on. */
  readonly line: number
  /** Whether a cell may hold what JSON escapes: a quote, a backslash, a control character. */
  readonly mayNeedEscapes: boolean
}

/** Thrown while scanning; says nothing of what a cell holds. */
export class ScanError extends Error {
  readonly fault: 'quotes' | 'columns' | 'cell'

  constructor(fault: ScanError['fault']) {
    super(fault)
    this.fault = fault
  }
}

/**
 * Separated text (RFC 4180) with line breaks of any kind: a cell that begins with a quote ends with one and holds
 * quotes in pairs, others hold none; lines without anything are passed over. A record that was not complete is read
 * again from its start, so that nothing is remembered between two pieces of a file. A class, for the compiler's sake.
 */
export class RecordScanner implements CsvRecord {
  bytes: Uint8Array = new Uint8Array(0)
  starts = new Int32Array(64)
  ends = new Int32Array(64)
  count = 0
  line = 0
  mayNeedEscapes = false
  /** Where the cell began at which the last `scan` ended. */
  openCell = 0
  readonly #delimiter: Uint8Array
  /** What each byte is in a cell without quotes. */
  readonly #kinds: Uint8Array
  readonly #limits: Pick<ReadLimits, 'columnsMax' | 'cellBytesMax'>
  /** The first byte of the cell at hand, and the one behind its last. */
  #start = 0
  #end = 0
  /** Cells of the record that hold quotes in pairs. */
  readonly #paired: number[] = []
  /** Lines before the record, and line breaks within its cells. */
  #lines = 0
  #breaks = 0

  constructor(delimiter: Uint8Array, limits: Pick<ReadLimits, 'columnsMax' | 'cellBytesMax'>) {
    this.#delimiter = delimiter
    this.#limits = limits
    this.#kinds = kindsOf(delimiter[0]!)
  }

  /**
   * Gives every record from `from` up to `to` to `onRecord`, and returns where the first one begins that is not
   * complete. With `isEnd` the last one needs no line break. Throws `ScanError`.
   */
  scan(
    bytes: Uint8Array,
    { from, to, isEnd }: { from: number; to: number; isEnd: boolean },
    onRecord: (record: CsvRecord) => void,
  ): number {
    this.bytes = bytes
    let at = from
    while (at < to) {
      const next = this.#scanRecord(at, to, isEnd)
      if (next < 0) break
      if (this.count > 0) onRecord(this)
      at = next
    }
    return at
  }

  /** Where the next record begins, or −1 when this one is not complete. A line without anything has no cells. */
  #scanRecord(from: number, to: number, isEnd: boolean): number {
    const { bytes } = this
    this.count = 0
    if (this.#paired.length > 0) this.#paired.length = 0
    this.mayNeedEscapes = false
    this.#breaks = 0
    for (let at = from; ; ) {
      this.openCell = at
      const isQuoted = at < to && bytes[at] === quote
      at = isQuoted ? this.#scanQuoted(at + 1, to, isEnd) : this.#scanPlain(at, to)
      if (at < 0 || (at === to && !isEnd)) return -1
      const isDelimited = at < to && bytes[at] !== lineFeed && bytes[at] !== carriageReturn
      if (isDelimited) {
        this.#addCell()
        at += this.#delimiter.length
        continue
      }
      const isReturn = at < to && bytes[at] === carriageReturn
      if (isReturn && at + 1 === to && !isEnd) return -1
      const isEmptyLine = this.count === 0 && !isQuoted && at === from
      if (!isEmptyLine) this.#addCell()
      this.#endRecord()
      return isReturn && at + 1 < to && bytes[at + 1] === lineFeed ? at + 2 : Math.min(at + 1, to)
    }
  }

  #endRecord(): void {
    for (const cell of this.#paired)
      this.ends[cell] = withSingleQuotes(this.bytes, this.starts[cell]!, this.ends[cell]!)
    this.#lines += this.#breaks + 1
    this.line = this.#lines
  }

  /** The place behind a cell without quotes. */
  #scanPlain(start: number, to: number): number {
    const { bytes } = this
    const kinds = this.#kinds
    let seen = 0
    let at = start
    for (; at < to; at++) {
      const kind = kinds[bytes[at]!]!
      seen |= kind
      if (kind < ending) continue
      if (bytes[at] === quote) throw new ScanError('quotes')
      if (bytes[at] === lineFeed || bytes[at] === carriageReturn || this.#isDelimiter(at, to)) break
    }
    if ((seen & escaped) !== 0) this.mayNeedEscapes = true
    this.#start = start
    this.#end = at
    return at
  }

  /** The place behind the closing quote of a cell that begins at `start`, or −1 when it may not be complete. */
  #scanQuoted(start: number, to: number, isEnd: boolean): number {
    const { bytes } = this
    this.mayNeedEscapes = true
    let hasPairs = false
    for (let at = start; at < to; at++) {
      const byte = bytes[at]!
      if (byte === lineFeed || (byte === carriageReturn && bytes[at + 1] !== lineFeed)) this.#breaks++
      if (byte !== quote) continue
      if (at + this.#delimiter.length >= to && !isEnd) return -1
      if (at + 1 < to && bytes[at + 1] === quote) {
        hasPairs = true
        at++
        continue
      }
      this.#start = start
      this.#end = at
      if (hasPairs) this.#paired.push(this.count)
      const next = at + 1 < to ? bytes[at + 1] : lineFeed
      if (next === lineFeed || next === carriageReturn || this.#isDelimiter(at + 1, to)) return at + 1
      throw new ScanError('quotes')
    }
    if (isEnd) throw new ScanError('quotes')
    return -1
  }

  #isDelimiter(at: number, to: number): boolean {
    const delimiter = this.#delimiter
    if (at + delimiter.length > to) return false
    for (let place = 0; place < delimiter.length; place++)
      if (this.bytes[at + place] !== delimiter[place]) return false
    return true
  }

  #addCell(): void {
    if (this.count === this.#limits.columnsMax) throw new ScanError('columns')
    if (this.#end - this.#start > this.#limits.cellBytesMax) throw new ScanError('cell')
    if (this.count === this.starts.length) {
      this.starts = longer(this.starts)
      this.ends = longer(this.ends)
    }
    const [bytes, start, end] = [this.bytes, this.#start, this.#end]
    this.starts[this.count] = start
    this.ends[this.count] = end
    if (start < end && (mayTrim(bytes[start]!) || mayTrim(bytes[end - 1]!))) {
      const span = trimmedSpan(bytes, start, end)
      this.starts[this.count] = span.start
      this.ends[this.count] = span.end
    }
    this.count++
  }
}

/** Bytes that JSON escapes, and those at which a cell may end. */
const escaped = 1
const ending = 2

function kindsOf(separator: number): Uint8Array {
  const backslash = 0x5c
  const kinds = new Uint8Array(256).fill(escaped, 0, 0x20)
  kinds[backslash] = escaped
  for (const byte of [separator, lineFeed, carriageReturn, quote]) kinds[byte] = ending
  return kinds
}

/** White space, or a byte of a character that may be some. */
function mayTrim(byte: number): boolean {
  return byte <= 0x20 || byte >= 0x80
}

/** Puts one quote in place of each pair, and returns where the cell ends now. */
function withSingleQuotes(bytes: Uint8Array, start: number, end: number): number {
  let to = start
  for (let at = start; at < end; at++) {
    bytes[to++] = bytes[at]!
    if (bytes[at] === quote) at++
  }
  return to
}

function longer(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length)
  larger.set(array)
  return larger
}
