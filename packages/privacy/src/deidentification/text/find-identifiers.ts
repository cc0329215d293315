import { type FoldedText, foldText } from './fold-text.ts'
import { createNameSearch } from './name-search.ts'
import { type IdentifierKind, type TextPattern, textPatterns } from './patterns.ts'

/** Where an identifier stands in a text, in UTF-16 units, the end not included. */
export interface Span {
  readonly start: number
  readonly end: number
  readonly kind: IdentifierKind
}

/**
 * Makes the function that finds e-mail addresses, telephone numbers, Chinese resident IDs, bank cards, US social
 * security numbers and the names of a list in free text, English and Chinese mixed. Spans come in order and do not
 * overlap. Time grows linearly with the text, whatever it holds.
 *
 * It finds what has a shape or stands on the list. Who is meant by "the mayor's daughter" it does not see: text is
 * never called anonymous because of it. Not found either: addresses, dates, passport and account numbers, numbers in
 * words, digits of scripts that NFKC does not fold.
 */
export function createIdentifierSearch({
  names = [],
}: {
  names?: readonly string[]
} = {}): (text: string) => Span[] {
  const findNames = createNameSearch(names)
  return text => {
    const folded = foldText(text)
    const found = textPatterns.flatMap(pattern => [...matchesOf(folded.text, pattern)])
    for (const place of findNames(folded.text)) found.push({ ...place, kind: 'name' })
    return merge(found).map(span => unfolded(folded, span))
  }
}

/** All places at which a pattern matches and is accepted; after a match that is not, the next start is tried. */
export function* matchesOf(text: string, { kind, pattern, accept }: TextPattern): Generator<Span> {
  const search = new RegExp(pattern)
  for (let match = search.exec(text); match !== null; match = search.exec(text)) {
    const local = match.groups?.local?.length ?? 0
    const taken = accept === undefined ? match[0].length : accept(match[0])
    search.lastIndex = match.index + Math.max(taken, 1)
    if (taken > 0) yield { start: match.index - local, end: match.index + taken, kind }
  }
}

const precedence: readonly IdentifierKind[] = ['resident-id', 'bank-card', 'ssn', 'email', 'phone', 'name']

/** Overlapping spans become one, of the kind that comes first in `precedence`. */
export function merge(spans: readonly Span[]): Span[] {
  const merged: Span[] = []
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (last === undefined || span.start >= last.end) {
      merged.push(span)
      continue
    }
    const kind = precedence.indexOf(span.kind) < precedence.indexOf(last.kind) ? span.kind : last.kind
    merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, span.end), kind }
  }
  return merged
}

function unfolded({ starts, ends }: FoldedText, { start, end, kind }: Span): Span {
  return { start: starts[start]!, end: ends[end - 1]!, kind }
}
