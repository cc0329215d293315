import assert from 'node:assert/strict'
import test from 'node:test'
import { parseRecipe, Refusal } from '@consort/protocol'
import type { TextDataset } from '@consort/records'
import {
  casesAlone,
  columnNamed,
  columnOf,
  contentsOf,
  encodeCase,
  leavingRecord,
  partsOf,
  recordsOf,
  withCases,
  writtenAs,
} from '@consort/records'
import { inputRows } from '@consort/train'
import { encodeExamples, streamExamples } from '../pipeline/encode-examples.ts'
import { recordDigests } from '../split/record-digests.ts'
import { unitDigests } from '../split/unit-digests.ts'

const recipe = parseRecipe({
  recipe: 1,
  name: 'spam',
  dataset: 'letters',
  task: { kind: 'classification', classes: ['ham', 'spam'] },
  input: { kind: 'text', tokenizer: { kind: 'hashed-words', buckets: 32, ngrams: 2 } },
  model: { kind: 'logistic' },
})
const { input } = recipe

function letters(texts: string[], labels: string[], people = texts.map(() => 'ann')): TextDataset {
  const label = columnOf(labels)
  const columns = [
    { name: 'body', cells: columnOf(texts) },
    { name: 'kind', cells: label },
    { name: 'who', cells: columnOf(people) },
  ]
  return { kind: 'text', count: texts.length, texts, label, columns, labelName: 'kind', textName: 'body' }
}

const texts = ['Win money now', 'Meeting at noon', '', '免费 发票 now']
const data = letters(texts, ['spam', 'ham', 'ham', 'spam'])

test('training, a question and what is typed make the same numbers of a text', async () => {
  const all = encodeExamples(data, recipe)
  const streamed = await streamExamples(data, recipe, { pause: async () => {} })
  assert.deepEqual(inputRows(streamed), all.inputs)
  assert.deepEqual([...all.labels], [1, 0, 0, 1])
  for (const [row, text] of texts.entries()) {
    const own = all.inputs.subarray(row * 32, (row + 1) * 32)
    assert.deepEqual(await encodeCase({ kind: 'text', text }, recipe), own)
  }
  const indices = Int32Array.of(3, 0)
  const chosen = await streamExamples(data, recipe, { indices, pause: async () => {} })
  assert.deepEqual(inputRows(chosen), encodeExamples(data, recipe, indices).inputs)
  assert.deepEqual(inputRows(chosen, 1, 1), all.inputs.slice(0, 32))
})

test('a text is known again by what it says and its label, whatever other columns say', () => {
  const key = Buffer.alloc(32, 1)
  const other = { ...data, columns: data.columns.slice(0, 2) }
  assert.deepEqual(recordDigests(other, key), recordDigests(data, key))
  const [first] = recordDigests(letters(['Win money now'], ['ham']), key)
  assert.notDeepEqual(first, recordDigests(data, key)[0])
})

test('as a privacy unit it is all its columns, whichever of them are read as its text', () => {
  const options = { key: Buffer.alloc(32, 1), label: '' }
  const read = { ...data, texts: data.texts.map(() => 'another column'), textName: 'who' }
  assert.deepEqual(unitDigests(read, options), unitDigests(data, options))
  const turned = { ...data, columns: data.columns.toReversed() }
  assert.deepEqual(unitDigests(turned, options), unitDigests(data, options), 'in the order of the names')
  const moved = letters(texts, ['spam', 'ham', 'ham', 'spam'], ['bea', 'ann', 'ann', 'ann'])
  assert.notDeepEqual(unitDigests(moved, options), unitDigests(data, options))
  assert.deepEqual([0, 3].map(columnNamed(moved, 'who')!), ['bea', 'ann'])
  assert.equal(columnNamed(moved, 'nobody'), undefined)
})

test('answered cases join: their text and their label, and nobody whose they are', () => {
  const cases = [{ record: { kind: 'text' as const, text: 'Cheap!' }, label: 'spam' }]
  const grown = withCases(data, cases)
  assert.ok(grown?.kind === 'text')
  assert.deepEqual([grown.count, grown.texts.at(-1)], [5, 'Cheap!'])
  assert.deepEqual([...encodeExamples(grown, recipe).labels], [1, 0, 0, 1, 1])
  assert.deepEqual(
    ['body', 'kind', 'who'].map(name => columnNamed(grown, name)!(4)),
    ['Cheap!', 'spam', null],
  )
  const alone = casesAlone(data, cases)!
  const options = { key: Buffer.alloc(32, 1), label: '' }
  assert.deepEqual(unitDigests(alone, options), unitDigests(grown, options).slice(4 * 16))
})

test('a card tells the kind and nothing else', () => assert.deepEqual(contentsOf(data), { kind: 'text' }))

test('what moved an answer can be told by word, each in its place', async () => {
  const text = 'win win 发票'
  const encoded = await encodeCase({ kind: 'text', text }, recipe)
  const parts = await partsOf(input, () => ({ kind: 'text', text }))
  assert.ok(parts)
  const names = parts.features.flatMap(({ name }) => name.split(' · '))
  assert.deepEqual(names.sort(), ['win', 'win win', 'win 发票', '发票'].sort())
  for (const { offset, width } of parts.features) assert.ok(encoded[offset]! > 0 && width === 1)
  assert.deepEqual([...parts.baseline], Array(32).fill(0))
})

test('a text does not leave for a partner, and what is shown is cut', async () => {
  assert.equal(leavingRecord({ kind: 'text', text: 'secret' }).as, 'nothing')
  const long = letters(['y'.repeat(30_000)], ['ham'])
  const rows = Int32Array.of(0)
  const record = await (await recordsOf(long, { rows, input, examples: encodeExamples(long, recipe) }))(0)
  assert.ok(record.kind === 'text' && record.text.length === 20_000)
  assert.deepEqual(writtenAs('text').read('Dear'), { kind: 'text', text: 'Dear' })
})

test('another kind of record is refused, and never repeated', async () => {
  await assert.rejects(encodeCase({ kind: 'row', cells: { body: 'secret' } }, recipe), error => {
    assert.ok(error instanceof Refusal && error.path === 'record.kind')
    return !`${error.message} ${error.hint}`.includes('secret')
  })
})
