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

test('texts that are read again are parsed once, as many as are kept, and what is read cannot be changed', () => {
  let parsed = 0
  const lists = jsonColumn<{ list: number[] }>(
    'shop.lists',
    {
      parse(value) {
        parsed += 1
        if (typeof value === 'object' && value !== null && 'list' in value && Array.isArray(value.list))
          return { list: value.list }
        throw new TypeError('no list')
      },
    },
    { kept: 2 },
  )
  const [one, two, three] = [[1], [2], [3]].map(list => lists.write({ list })) as [
    Json<{ list: number[] }>,
    Json<{ list: number[] }>,
    Json<{ list: number[] }>,
  ]
  for (const text of [one, two, one, two, one]) lists.read(text)
  assert.equal(parsed, 2)
  assert.deepEqual(lists.read(three), { list: [3] })
  assert.deepEqual(lists.read(one), { list: [1] })
  assert.equal(parsed, 3, 'the last one that was read stayed')
  assert.deepEqual(lists.read(two), { list: [2] })
  assert.equal(parsed, 4)
  assert.throws(() => lists.read(two).list.push(4), TypeError)
  const broken = '{}' as Json<{ list: number[] }>
  for (let turn = 0; turn < 2; turn++) assert.throws(() => lists.read(broken), /shop\.lists/)
})
