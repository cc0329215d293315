import assert from 'node:assert/strict'
import test from 'node:test'
import { Refusal } from '@consort/basics'
import { columnOf } from '../../columns/column-of.ts'
import { encodeInputs, streamInputs } from '../../datasets.ts'
import { inputSchema, inputShapeOf, tokensMaxOf } from '../../inputs.ts'
import type { TextDataset } from './text-dataset.ts'

const input = inputSchema.parse({ kind: 'text', tokenizer: { kind: 'base' }, lengthMax: 20 })
const texts = ['a bc', 'def', '', 'g h i']
const data: TextDataset = {
  ...{ kind: 'text', count: 4, texts, label: columnOf(texts), columns: [], labelName: 'l', textName: 't' },
}

/** The lengths of the words. */
function tokenize(text: string): Int32Array {
  if (text === '') throw new Refusal('value-invalid', 'A text has no token', { hint: 'Leave it out.' })
  return Int32Array.from(text.split(' '), word => word.length)
}

function streamed(chosen: Parameters<typeof streamInputs>[2]) {
  const steps = streamInputs(data, input, chosen)
  let step = steps.next()
  while (!step.done) step = steps.next()
  return step.value
}

test('texts become rows of tokens, in the order in which they are chosen and in memory that threads share', () => {
  const inputs = streamed({ rows: Int32Array.of(3, 0, 1), isAll: false, tokenize })
  assert.ok('ids' in inputs && inputs.ids.buffer instanceof SharedArrayBuffer)
  assert.deepEqual(
    [[...inputs.starts], [...inputs.ids]],
    [
      [0, 3, 5, 6],
      [1, 1, 1, 1, 2, 3],
    ],
  )
  assert.deepEqual([inputShapeOf(input), tokensMaxOf(input)], [[20], 20])
  assert.equal(tokensMaxOf(inputSchema.parse({ kind: 'text' })), undefined)
})

test('a text without a token is told by its number, and no tokens are made without a base', () => {
  const chosen = { rows: Int32Array.of(0, 2), isAll: false }
  assert.throws(() => streamed({ ...chosen, tokenize }), {
    code: 'value-invalid',
    message: 'Text 3: A text has no token',
    hint: 'Leave it out.',
  })
  assert.throws(() => streamed(chosen), {
    code: 'data-mismatch',
    path: 'input.tokenizer',
    hint: /hashed-words/,
  })
  assert.throws(() => encodeInputs(data, input, chosen), { code: 'recipe-invalid', path: 'input.tokenizer' })
})
