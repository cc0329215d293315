import assert from 'node:assert/strict'
import test from 'node:test'
import { keysOf } from './class-keys.ts'

test('ten digits have their own keys', () => {
  const digits = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']
  assert.deepEqual(keysOf(digits), digits)
  assert.deepEqual(keysOf(['9', '4']), ['9', '4'], 'in any order')
})

test('words are counted; what comes after the tenth has no key', () => {
  assert.deepEqual(keysOf(['absent', 'present']), ['1', '2'])
  const twelve = Array.from({ length: 12 }, (_, index) => `class ${index}`)
  assert.deepEqual(keysOf(twelve), ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', null, null])
})

test('letters have their own keys, unless two share one', () => {
  assert.deepEqual(keysOf(['A', 'B']), ['a', 'b'])
  assert.deepEqual(keysOf(['a', 'A']), ['1', '2'])
  assert.deepEqual(keysOf(['是', '否']), ['1', '2'])
})

test('a digit’s key never stands for another class', () => {
  assert.deepEqual(keysOf(['0', '1', '10', 'other']), ['0', '1', null, null])
})
