import assert from 'node:assert/strict'
import test from 'node:test'
import { bagOfWords, termsByBucket } from './bag-of-words.ts'
import { hashWord } from './hash-word.ts'
import type { WordsInput } from './text-input.ts'
import { wordsOf } from './words.ts'

const plain = { kind: 'hashed-words', buckets: 1000, ngrams: 1 } as const

function input(fields: Partial<WordsInput['tokenizer']> = {}): WordsInput {
  return { kind: 'text', tokenizer: { ...plain, ...fields }, lengthMax: 2000 }
}

test('the hash is MurmurHash3 with 32 bits, as others compute it', () => {
  // scikit-learn: murmurhash3_32(word, positive=True); mmh3: hash(word, signed=False)
  const known: [string, number][] = [
    ['', 0],
    ['a', 1009084850],
    ['foo', 4138058784],
    ['hello', 613153351],
    ['hello, world', 345750399],
  ]
  assert.deepEqual(
    known.map(([word]) => [word, hashWord(word)]),
    known,
  )
})

const words: [text: string, expected: string[]][] = [
  ['Buy NOW, only $9.99!', ['buy', 'now', 'only', '9', '99']],
  ["don't e-mail", ['don', 't', 'e', 'mail']],
  ['免费发票', ['免费', '费发', '发票']],
  ['5G手机 好', ['5g', '手机', '好']],
  ['ﬁne ＡＢＣ', ['fine', 'abc']],
  ['Ünï cafe\u0301', ['ünï', 'café']],
  [' \n\t…—', []],
  ['', []],
]
for (const [text, expected] of words)
  test(`the words of ${JSON.stringify(text)}`, () => assert.deepEqual(wordsOf(text, 100), expected))

test('no more words are read than the recipe says, also of a long run of Han', () => {
  assert.deepEqual(wordsOf('a b c d', 2), ['a', 'b'])
  assert.deepEqual(wordsOf('免费发票', 2), ['免费', '费发'])
  assert.equal(wordsOf('x'.repeat(1_000_000), 5).length, 1)
  assert.equal(wordsOf('好'.repeat(300_000), 5).length, 5)
})

test('a bucket is the root of its share of the words', () => {
  const spec = input({ buckets: 64 })
  const { slots, values } = bagOfWords('to be or not to be', spec)
  const expected = new Map<number, number>()
  for (const word of ['to', 'be', 'or', 'not', 'to', 'be']) {
    const slot = hashWord(word) % 64
    expected.set(slot, (expected.get(slot) ?? 0) + 1)
  }
  assert.deepEqual(
    [...slots],
    [...expected.keys()].sort((a, b) => a - b),
  )
  assert.deepEqual(
    [...values],
    [...slots].map(slot => Math.fround(Math.sqrt(expected.get(slot)! / 6))),
  )
  const norm = values.reduce((sum, value) => sum + value ** 2, 0)
  assert.ok(Math.abs(norm - 1) < 1e-6)
})

test('pairs of neighbours count beside the words', () => {
  const terms = [...termsByBucket('click here now', input({ buckets: 65_536, ngrams: 2 })).values()].flat()
  assert.deepEqual(terms.sort(), ['click', 'click here', 'here', 'here now', 'now'])
})

test('a text without words is all 0', () => {
  const { slots, values } = bagOfWords('…', input())
  assert.deepEqual([slots.length, values.length], [0, 0])
})

test('a word of nothing but marks is not sorted as a whole: that takes the square of its length', () => {
  const [word, ...others] = wordsOf(`a${'\u0301\u0316'.repeat(1000)}`, 10)
  assert.deepEqual(others, [])
  assert.ok(word!.split('\u034f').every(run => run.length <= 31))
})
