/**
 * A text in Unicode's NFKC. A run of more than 30 marks on one character is cut by a joiner that nobody sees (U+034F,
 * the Stream-Safe Text Format of UAX #15, section 13): marks are sorted by insertion, so that 200,000 of them took half
 * a minute, and nobody else was answered meanwhile. No language writes as many.
 */
export function compatibleForm(text: string): string {
  return text.replace(manyMarks, '$1\u034f').normalize('NFKC')
}

/** All characters whose decomposition begins with a mark: two halfwidth ones are letters themselves. */
const manyMarks = /([\p{M}\uff9e\uff9f]{30})(?=[\p{M}\uff9e\uff9f])/gu
