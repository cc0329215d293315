import assert from 'node:assert/strict'
import test from 'node:test'
import { table } from './table.ts'

const isTaken = (cells: Record<string, unknown>): boolean =>
  table.record.safeParse({ kind: 'row', cells }).success

test('a record has as many cells as a table has columns, and no text that some database would not keep', () => {
  const cells = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`c${index}`, index]))
  assert.equal(isTaken(cells(10_000)), true)
  assert.equal(isTaken(cells(10_001)), false)
  assert.equal(isTaken({ age: 'sixty\0one' }), false)
  assert.equal(isTaken({ 'a\0ge': 61 }), false)
  assert.equal(isTaken({ age: '\ud800' }), false)
  assert.equal(isTaken({ age: 'sixty\none' }), true)
})
