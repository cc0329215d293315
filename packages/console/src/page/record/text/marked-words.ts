/** A piece of a text: what the agent went by, with what it did for the answer, or what stands between. */
export interface Piece {
  readonly text: string
  /** Positive speaks for the answer; undefined for what the agent did not go by. */
  readonly change?: number
}

/**
 * Cuts a text where the words stand that moved the agent. `because` names them as `word`, `two words`, or several that
 * count together with ` · ` between them. What is compared has no upper case; the text comes out as it is.
 */
export function markedPieces(
  text: string,
  because: readonly { readonly field: string; readonly change: number }[],
): Piece[] {
  const changes = new Map(
    because.flatMap(({ field, change }) => field.split(' · ').map(word => [word, change] as const)),
  )
  const words = [...changes.keys()]
    .filter(word => /[\p{L}\p{M}\p{N}]/u.test(word))
    .toSorted((one, other) => other.length - one.length)
    .map(patternOf)
  if (words.length === 0) return [{ text }]
  const pieces: Piece[] = []
  let end = 0
  for (const { 0: found, index } of text.matchAll(new RegExp(words.join('|'), 'giu'))) {
    const change = changes.get(found.toLowerCase().replaceAll(between, ' '))
    if (index > end) pieces.push({ text: text.slice(end, index) })
    pieces.push(change === undefined ? { text: found } : { text: found, change })
    end = index + found.length
  }
  if (end < text.length) pieces.push({ text: text.slice(end) })
  return pieces
}

const between = /[^\p{L}\p{M}\p{N}]+/gu

/** Characters of Han and kana stand in pairs within longer runs; other words have an end. */
function patternOf(word: string): string {
  const spaced = word
    .split(' ')
    .map(part => part.replaceAll(/[^\p{L}\p{M}\p{N}]/gu, ''))
    .join('[^\\p{L}\\p{M}\\p{N}]+')
  if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(word)) return spaced
  return `(?<![\\p{L}\\p{M}\\p{N}])${spaced}(?![\\p{L}\\p{M}\\p{N}])`
}
