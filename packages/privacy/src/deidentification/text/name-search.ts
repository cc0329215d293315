import { Refusal } from '@consort/protocol'
import { foldText } from './fold-text.ts'

/** Where a name stands in folded text. */
export interface Place {
  readonly start: number
  readonly end: number
}

const lengthMax = 100

/**
 * Finds names of a list in folded text, in one pass however many there are (Aho, Corasick 1975, Communications of the
 * ACM 18(6)). `Mei Lopez` is also found as `Lopez Mei` and `Lopez, Mei`, 王小明 also with spaces between. A name in a
 * script with spaces counts only as a whole word; Chinese, Japanese, Korean and Thai have no such boundary.
 * Throws `input-invalid` for a name of fewer than 2 or more than 100 characters.
 */
export function createNameSearch(names: readonly string[]): (text: string) => Place[] {
  const { step, longest, shorter } = automatonOf(names.flatMap(writtenForms))
  return text => {
    const places: Place[] = []
    let state = 0
    for (let index = 0; index < text.length; index++) {
      state = step(state, unitAt(text, index))
      const end = index + 1
      // The longest name that ends here in whole words; the shorter ones are tried after it, no more than lengths
      // exist.
      for (let found = state; found !== 0; found = shorter[found]!) {
        const start = end - longest[found]!
        if (longest[found] === 0 || !isWhole(text, start, end)) continue
        places.push({ start, end })
        break
      }
    }
    return places
  }
}

function writtenForms(name: string): string[] {
  const folded = foldText(name).text.replaceAll('\n', ' ').trim()
  if (folded.length < 2 || folded.length > lengthMax) {
    throw new Refusal('input-invalid', `A name on the list has ${folded.length} characters`, {
      hint: `Names of 2 to ${lengthMax} characters can be looked for.`,
    })
  }
  if (/^\p{Script=Han}{2,6}$/u.test(folded)) return [folded, [...folded].join(' ')]
  const words = folded.split(' ')
  const [first, last] = [words.slice(0, -1).join(' '), words.at(-1)!]
  return first === '' ? [folded] : [folded, `${last} ${first}`, `${last}, ${first}`]
}

/** A line break is as good as a space. */
function unitAt(text: string, index: number): number {
  const unit = text.charCodeAt(index)
  return unit === 0x0a ? 0x20 : unit
}

const wordPattern = /[\p{L}\p{N}]/u
const unspacedPattern =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u

function isWhole(text: string, start: number, end: number): boolean {
  const inWord = (index: number): boolean => {
    const character = text[index] ?? ''
    return wordPattern.test(character) && !unspacedPattern.test(character)
  }
  return !(inWord(start - 1) && inWord(start)) && !(inWord(end - 1) && inWord(end))
}

interface Automaton {
  step(state: number, unit: number): number
  /** By state: the length of the name that ends there, 0 for none. */
  readonly longest: readonly number[]
  /** By state: the next state on the way to shorter endings at which a name ends, 0 for none. */
  readonly shorter: readonly number[]
}

function automatonOf(words: readonly string[]): Automaton {
  const edges = new Map<number, number>() // state × 2^16 + unit → state
  const [longest, depths, arrivals] = [[0], [0], [[0, 0]] as [from: number, unit: number][]]
  for (const word of words) {
    let state = 0
    for (let index = 0; index < word.length; index++) {
      const unit = word.charCodeAt(index)
      let next = edges.get(state * 0x10000 + unit)
      if (next === undefined) {
        next = longest.push(0) - 1
        depths.push(index + 1)
        arrivals.push([state, unit])
        edges.set(state * 0x10000 + unit, next)
      }
      state = next
    }
    longest[state] = word.length
  }
  const fall = new Array<number>(longest.length).fill(0)
  const shorter = new Array<number>(longest.length).fill(0)
  const step = (from: number, unit: number): number => {
    for (let state = from; ; state = fall[state]!) {
      const next = edges.get(state * 0x10000 + unit)
      if (next !== undefined) return next
      if (state === 0) return 0
    }
  }
  const byDepth = depths.map((_, state) => state).sort((a, b) => depths[a]! - depths[b]!)
  for (const state of byDepth) {
    const [from, unit] = arrivals[state]!
    if (depths[state]! > 1) fall[state] = step(fall[from]!, unit)
    const next = fall[state]!
    shorter[state] = longest[next]! > 0 ? next : shorter[next]!
  }
  return { step, longest, shorter }
}
