import assert from 'node:assert/strict'
import test from 'node:test'
import { type Json, jsonColumn } from './json-column.ts'

const counts = jsonColumn<{ readonly count: number }>('shop.counts', {
  parse(value) {
    if (typeof value === 'object' && value !== null && 'count' in value && typeof value.count === 'number')
      return { count: value.count }
    throw new TypeError('no count')
  },
})

test('a column gives back what was written, and null where nothing is', () => {
  assert.deepEqual(counts.read(counts.write({ count: 3 })), { count: 3 })
  assert.equal(counts.readOrNull(counts.writeOrNull(null)), null)
})

test('text that does not fit the schema is refused with the name of the column', () => {
  for (const text of ['{"count":"3"}', '{', 'null']) {
    assert.throws(() => counts.read(text as Json<{ readonly count: number }>), /shop\.counts/)
  }
})
