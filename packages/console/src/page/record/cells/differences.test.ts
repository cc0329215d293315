import assert from 'node:assert/strict'
import test from 'node:test'
import { differs } from './differences.ts'

test('cells differ by what they say, not by how they are written', () => {
  for (const [one, other] of [
    [61, 61],
    [61, '61'],
    ['61.0', 61],
    [0.1 + 0.2, 0.3],
    ['a', 'a'],
    [null, undefined],
  ] as const) {
    assert.equal(differs(one, other), false, `${one} and ${other}`)
    assert.equal(differs(other, one), false, `${other} and ${one}`)
  }
  for (const [one, other] of [
    [61, 62],
    [0, null],
    ['', 0],
    ['a', 'b'],
    ['a', 'A'],
    [null, 'none'],
  ] as const) {
    assert.equal(differs(one, other), true, `${one} and ${other}`)
    assert.equal(differs(other, one), true, `${other} and ${one}`)
  }
})
