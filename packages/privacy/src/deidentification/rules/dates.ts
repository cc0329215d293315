import { keyedDigest } from './keyed-hash.ts'

const msPerDay = 86_400_000

/** A day, counted from 1970-01-01, and the time of day as it was written (empty, or e.g. `T08:30:00+08:00`). */
interface WrittenDay {
  readonly day: number
  readonly time: string
}

/**
 * By how many days the dates of a person move: constant for the person under one key, so that intervals stay; evenly
 * among −days … days without 0, so that no date leaves as it was. The modulo of 64 bits makes no offset likelier than
 * another by more than 2^−47.
 */
export function dayOffset(person: string, { key, days }: { key: Uint8Array; days: number }): number {
  const drawn = Number(keyedDigest(key, ['shift-date', person]).readBigUInt64BE() % BigInt(2 * days))
  return drawn < days ? drawn - days : drawn - days + 1
}

/** The date so many days later as `2024-03-05`, the time of day unchanged; undefined for what is not a date. */
export function shiftDate(text: string, days: number): string | undefined {
  const written = parseDay(text)
  if (written === undefined) return undefined
  const date = isoDay(written.day + days)
  return date === undefined ? undefined : date + written.time
}

/** `2024-03` or `2024`; undefined for what is not a date. */
export function shortenDate(text: string, to: 'month' | 'year'): string | undefined {
  const written = parseDay(text)
  return written && isoDay(written.day)?.slice(0, to === 'month' ? 7 : 4)
}

/** The date as it was written, without anything beside it; undefined for what is not a date. */
export function plainDate(text: string): string | undefined {
  return shiftDate(text, 0)
}

const datePattern =
  /^(\d{4})(?:-(\d{2})-(\d{2})|\/(\d{1,2})\/(\d{1,2})|年(\d{1,2})月(\d{1,2})日)([T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/

/** ISO 8601 days with or without time, `2024/3/5` and `2024年3月5日`, in the years 1000 to 9999. */
function parseDay(text: string): WrittenDay | undefined {
  const match = datePattern.exec(text.normalize('NFKC').trim())
  if (match === null) return undefined
  const [year, month, day] = match
    .slice(1, 8)
    .filter(part => part !== undefined)
    .map(Number)
  const ms = Date.UTC(year!, month! - 1, day!)
  const date = new Date(ms)
  const exists = year! >= 1000 && date.getUTCMonth() === month! - 1 && date.getUTCDate() === day
  return exists ? { day: ms / msPerDay, time: match[8] ?? '' } : undefined
}

function isoDay(day: number): string | undefined {
  const text = new Date(day * msPerDay).toISOString()
  return /^\d{4}-/.test(text) ? text.slice(0, 10) : undefined
}
