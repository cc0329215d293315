import assert from 'node:assert/strict'
import test from 'node:test'
import { baseWords } from './base-words.ts'

test('tensors are listed with the comma of the language, three of them at most', () => {
  const { en, zh } = baseWords
  assert.match(en.notFinite(['a', 'b']), /: a, b$/)
  assert.match(zh.notFinite(['a', 'b']), /：a、b$/)
  assert.match(en.notFinite(['a', 'b', 'c', 'd']), /: a, b, c …$/)
  assert.match(zh.notFinite(['a', 'b', 'c', 'd']), /：a、b、c …$/)
})
