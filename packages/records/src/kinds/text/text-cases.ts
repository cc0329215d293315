import { existsSync, readFileSync } from 'node:fs'
import type { CaseKind } from '../../kind/case-kind.ts'
import { bagOfWords, termsByBucket } from './bag-of-words.ts'
import { type TextInput, type TextTypes, textRecord } from './text-input.ts'
import { wordsInput } from './words-input.ts'

/** Texts as they come. */
export const cases: CaseKind<TextTypes> = {
  encode: async ({ text }, input) => encodeText(text, input),
  recordsOf({ texts }, { rows }) {
    const own = Array.from(rows, row => texts[row]!)
    return async index => textRecord(own[index]!.slice(0, shownMax).replaceAll('\0', ' ').toWellFormed())
  },
  /** `text` is the text itself, or the path of a file with it. */
  encodeTyped: async (text, input) => encodeText(existsSync(text) ? readFileSync(text, 'utf8') : text, input),
  /** What each bucket counts is left out by itself, under the names of the words that the text has there. */
  async parts(input, record) {
    const words = wordsInput(input)
    const { text } = await record()
    const features = [...termsByBucket(text, words)].map(([offset, terms]) => ({
      name: [...new Set(terms)].slice(0, namedMax).join(' · ').slice(0, nameMax),
      offset,
      width: 1,
    }))
    return { baseline: new Float32Array(words.tokenizer.buckets), features }
  },
}

/** Characters of a record that is shown beside a case. */
const shownMax = 20_000
/** Of the words that share a bucket, and the characters that they may take together. */
const namedMax = 3
const nameMax = 200

function encodeText(text: string, input: TextInput): Float32Array {
  const words = wordsInput(input)
  const numbers = new Float32Array(words.tokenizer.buckets)
  const { slots, values } = bagOfWords(text, words)
  slots.forEach((slot, at) => {
    numbers[slot] = values[at]!
  })
  return numbers
}
