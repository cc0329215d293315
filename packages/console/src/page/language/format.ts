import type { Language } from './language.ts'

/** A share from 0 to 1 in percent; never 100 % or 0 % of something that is not certain. */
export function formatShare(share: number, language: Language): string {
  const percent = new Intl.NumberFormat(language, { style: 'percent' })
  if (share < 1 && share > 0.99) return `> ${percent.format(0.99)}`
  if (share > 0 && share < 0.01) return `< ${percent.format(0.01)}`
  return percent.format(share)
}

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** How long ago, in the largest unit that fits: “3 minutes ago”. */
export function formatAgo(then: Date, now: Date, language: Language): string {
  const seconds = Math.max(0, (now.getTime() - then.getTime()) / 1000)
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  for (const [unit, length] of units) {
    if (seconds >= length) return spaced(relative.format(-Math.floor(seconds / length), unit))
  }
  return relative.format(0, 'second')
}

/** A blank between a figure and a Han character, as in all texts of this page. */
function spaced(text: string): string {
  return text.replace(/(?<=\d)(?=\p{Script=Han})/gu, ' ')
}

/** A cell of a record as it was recorded, without the noise of binary fractions; null where there is none. */
export function formatCell(cell: string | number | null | undefined): string | null {
  if (cell === null || cell === undefined) return null
  return typeof cell === 'number' ? String(Number(cell.toPrecision(12))) : cell
}
