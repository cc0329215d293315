/** How many comparisons of letters one search may take; some ten milliseconds. */
const stepsMax = 1_000_000

/**
 * The names (three at most) that someone who wrote `name` may have meant, the nearest first. Names may come from
 * somebody who means ill: of very many, or very long ones, only as many as a bounded work allows are looked at.
 */
export function nearNames(name: string, candidates: readonly string[]): string[] {
  const wanted = plain(name)
  const limit = Math.max(1, Math.floor(wanted.length / 3))
  const near: { candidate: string; distance: number }[] = []
  let steps = 0
  for (const candidate of candidates) {
    const other = plain(candidate)
    steps += candidate.length + wanted.length
    if (Math.abs(wanted.length - other.length) <= limit) steps += wanted.length * other.length
    if (steps > stepsMax) break
    const distance = distanceOf(wanted, other, limit)
    if (distance <= limit) near.push({ candidate, distance })
  }
  return near
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate)
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}

function distanceOf(a: string, b: string, limit: number): number {
  if (b.length >= 3 && a.length >= 3 && (a.includes(b) || b.includes(a))) return a === b ? 0 : 1
  return Math.abs(a.length - b.length) > limit ? Number.POSITIVE_INFINITY : editDistance(a, b)
}

/** Insertions, deletions and substitutions between two words (Levenshtein 1966), one row at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(substituted, previous[j]! + 1, row[j - 1]! + 1))
    }
    previous = row
  }
  return previous[b.length]!
}
