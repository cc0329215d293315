import assert from 'node:assert/strict'
import test from 'node:test'
import { createProgressReader } from './progress-lines.ts'

/** The shares that are told when a text arrives in pieces of so many bytes. */
function read(text: string, pieceBytes = text.length): number[] {
  const told: number[] = []
  const reader = createProgressReader(share => told.push(share))
  const bytes = Buffer.from(text)
  for (let from = 0; from < bytes.length; from += pieceBytes) reader(bytes.subarray(from, from + pieceBytes))
  return told
}

const spoken = 'hello\n{"progress": 0.25}\nepoch 1, "loss"\n{"progress":0.5}\nbye\n'

test('lines about progress are found among others, in pieces of any size', () => {
  for (const pieceBytes of [1, 2, 3, 7]) assert.deepEqual(read(spoken, pieceBytes), [0.25, 0.5])
  assert.deepEqual(read(spoken), [0.5], 'only the latest of a piece')
  assert.deepEqual(read('{"progress": 0}\n'), [0])
})

test('anything else is passed over', () => {
  const others = [
    '{"progress": 0.5}', // not a whole line yet
    '{"progress": 1.5}\n',
    '{"progress": -1}\n',
    '{"progress": "0.5"}\n',
    '{"progress": null}\n',
    'null "progress"\n',
    'at {"progress": 0.5}\n',
    `{"progress": 0.5, "note": "${'x'.repeat(300)}"}\n`,
  ]
  for (const text of others) {
    assert.deepEqual(read(text), [], text)
    assert.deepEqual(read(text, 5), [], text)
  }
})

test('a line after one that never seems to end is found', () => {
  assert.deepEqual(read(`${'x'.repeat(100_000)}\n{"progress": 1}\n`, 1000), [1])
})
