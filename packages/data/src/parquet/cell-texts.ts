import type { ParquetParsers, SchemaElement } from 'hyparquet'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Texts and times as a CSV file would have them. Throws a `TypeError` for a text that is not UTF-8. */
export const parsers: Partial<ParquetParsers> = {
  stringFromBytes: bytes => utf8.decode(bytes),
  jsonFromBytes: bytes => utf8.decode(bytes),
  dateFromDays: days => new Date(days * 86_400_000).toISOString().slice(0, 10),
  timestampFromMilliseconds: milliseconds => timeText(milliseconds * 1_000_000n),
  timestampFromMicroseconds: microseconds => timeText(microseconds * 1000n),
  timestampFromNanoseconds: timeText,
}

/** ISO 8601 in UTC, with as many digits of a second as are needed, three at least. */
function timeText(nanoseconds: bigint): string {
  const million = 1_000_000n
  const rest = ((nanoseconds % million) + million) % million
  const text = new Date(Number((nanoseconds - rest) / million)).toISOString()
  const finer = rest === 0n ? '' : String(rest).padStart(6, '0').replace(/0+$/, '')
  return `${text.slice(0, -1)}${finer}Z`
}

/** What a cell of a column is: a number, or a text, which is empty where nothing is recorded. */
export function cellOf({ type, logical_type }: SchemaElement): (value: unknown) => number | string {
  const isSingle = type === 'FLOAT' || logical_type?.type === 'FLOAT16'
  return value => {
    if (value === null || value === undefined) return ''
    if (typeof value !== 'number') return String(value).trim()
    if (!Number.isFinite(value)) return Number.isNaN(value) ? '' : String(value)
    return isSingle ? shortestSingle(value) : value
  }
}

/** The shortest decimal that is this float32: as it was most likely written before it was stored as one. */
function shortestSingle(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const near = Number(value.toPrecision(digits))
    if (Math.fround(near) === value) return near
  }
  return Number(value.toPrecision(9))
}
