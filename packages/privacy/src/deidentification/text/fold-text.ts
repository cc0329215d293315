/** A text as detectors read it, and where each of its characters (UTF-16 units) comes from. */
export interface FoldedText {
  readonly text: string
  /** Start in the original of what became the folded unit; the end lies in `ends`. */
  readonly starts: Int32Array
  readonly ends: Int32Array
}

/** A character with what stands on it. Stream-safe text (Unicode UAX #15 §13) has at most 30 marks in a row. */
const segmentPattern = /\P{M}\p{M}{0,30}|\p{M}{1,30}/uy
/** Folding leaves these as they are, up to case. */
const plainPattern = /[!-~\u3400-\u9fff]+/y
const markPattern = /^\p{M}/u

/**
 * Unicode form NFKC in lower case, so that full-width, circled and mathematical digits, all dashes and apostrophes are
 * found as what they look like. Invisible characters (soft hyphen, zero-width space, direction marks) are left out, a
 * run of spaces counts as one, a run with a line break or tabulator as one line break. Linear in the length.
 */
export function foldText(original: string): FoldedText {
  const pieces: string[] = []
  let [starts, ends] = [new Int32Array(original.length + 32), new Int32Array(original.length + 32)]
  let length = 0
  const append = (piece: string, start: number, end: number): void => {
    const needed = length + piece.length
    if (needed > starts.length) [starts, ends] = [longer(starts, needed), longer(ends, needed)]
    starts.fill(start, length, length + piece.length)
    ends.fill(end, length, length + piece.length)
    pieces.push(piece)
    length += piece.length
  }
  for (let at = 0; at < original.length; ) {
    const plainEnd = endOfPlain(original, at)
    if (plainEnd > at) {
      append(original.slice(at, plainEnd).toLowerCase(), at, plainEnd)
      for (let index = at; index < plainEnd; index++) {
        const folded = length - plainEnd + index
        starts[folded] = index
        ends[folded] = index + 1
      }
      at = plainEnd
      continue
    }
    segmentPattern.lastIndex = at
    const segment = segmentPattern.exec(original)?.[0] ?? original[at]!
    const piece = foldSegment(segment)
    const last = pieces.at(-1)
    if (isSpace(piece) && isSpace(last)) {
      if (piece === '\n') pieces[pieces.length - 1] = piece
      ends[length - 1] = at + segment.length
    } else if (piece !== '') append(piece, at, at + segment.length)
    at += segment.length
  }
  return { text: pieces.join(''), starts: starts.subarray(0, length), ends: ends.subarray(0, length) }
}

function longer(array: Int32Array, needed: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(2 * needed)
  grown.set(array)
  return grown
}

/** Where the plain run from `at` ends; its last character is left to the segment when marks follow. */
function endOfPlain(text: string, at: number): number {
  plainPattern.lastIndex = at
  if (!plainPattern.test(text)) return at
  const end = plainPattern.lastIndex
  return end < text.length && markPattern.test(text.slice(end, end + 2)) ? end - 1 : end
}

function isSpace(piece: string | undefined): boolean {
  return piece === ' ' || piece === '\n'
}

function foldSegment(segment: string): string {
  if (/^[\t-\r\u2028\u2029\u0085]/.test(segment)) return '\n'
  const folded = segment
    .normalize('NFKC')
    .replace(/\p{Cf}|[\ufe00-\ufe0f]|\u20e3/gu, '')
    .replace(/[\p{Pd}\u2212]/gu, '-')
    .replace(/[\u2018\u2019\u02bc]/g, "'")
    .toLowerCase()
  return /^\s{1,40}$/.test(folded) ? ' ' : folded
}
