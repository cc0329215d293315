import assert from 'node:assert/strict'
import test from 'node:test'
import { markedPieces } from './marked-words.ts'

const marked = (text: string, ...because: [string, number][]) =>
  markedPieces(
    text,
    because.map(([field, change]) => ({ field, change })),
  ).map(({ text, change }) => (change === undefined ? text : [text, change]))

test('words that moved the agent are marked where they stand, however they are written', () => {
  assert.deepEqual(marked('FREE money, freely. Free!', ['free', 2], ['money', -1]), [
    ['FREE', 2],
    ' ',
    ['money', -1],
    ', freely. ',
    ['Free', 2],
    '!',
  ])
})

test('a pair of words goes before its words, across what stands between them', () => {
  assert.deepEqual(marked('Click\n here. Click.', ['click here', 3], ['click', 1]), [
    ['Click\n here', 3],
    '. ',
    ['Click', 1],
    '.',
  ])
})

test('words that count together are all marked, and characters of Han within a run', () => {
  assert.deepEqual(marked('免费发票 a b', ['发票 · b', 1]), ['免费', ['发票', 1], ' a ', ['b', 1]])
})

test('a text in which nothing moved the agent is one piece, and markup is text', () => {
  assert.deepEqual(marked('<b>hi</b>'), ['<b>hi</b>'])
  assert.deepEqual(marked('<b>hi</b>', ['.*', 1]), ['<b>hi</b>'])
})
