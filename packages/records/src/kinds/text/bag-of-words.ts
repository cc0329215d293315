import { hashWord } from './hash-word.ts'
import type { WordsInput } from './text-input.ts'
import { wordsOf } from './words.ts'

/** The numbers of one text that are not 0. */
export interface Bag {
  readonly slots: Int32Array
  readonly values: Float32Array
}

/**
 * What a text becomes: of `t` words (and pairs) in all, `c` of them in a bucket, the bucket is √(c/t). The squares of a
 * text add up to 1 however long it is, and a word that comes often counts less each time. A square root is exact by
 * IEEE 754, so the numbers are the same on every machine and in every browser. A text without words is all 0.
 */
export function bagOfWords(text: string, input: WordsInput): Bag {
  const buckets = termsByBucket(text, input)
  const slots = Int32Array.from(buckets.keys()).sort()
  const total = [...buckets.values()].reduce((sum, { length }) => sum + length, 0)
  return { slots, values: Float32Array.from(slots, slot => Math.sqrt(buckets.get(slot)!.length / total)) }
}

/** The words, or pairs of words, of a text that count in each bucket, each as often as it stands there. */
export function termsByBucket(text: string, input: WordsInput): Map<number, string[]> {
  const found = new Map<number, string[]>()
  for (const term of termsOf(text, input)) {
    const bucket = hashWord(term) % input.tokenizer.buckets
    const terms = found.get(bucket)
    if (terms) terms.push(term)
    else found.set(bucket, [term])
  }
  return found
}

function termsOf(text: string, { tokenizer, lengthMax }: WordsInput): string[] {
  const words = wordsOf(text, lengthMax)
  if (tokenizer.ngrams === 1) return words
  return [...words, ...words.slice(1).map((word, place) => `${words[place]!} ${word}`)]
}
