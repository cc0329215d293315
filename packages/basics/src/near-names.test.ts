import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearNames } from './near-names.ts'

test('the nearest name comes first, at most three', () => {
  assert.deepEqual(nearNames('chol', ['age', 'col', 'Chol', 'cholesterol']), ['Chol', 'col', 'cholesterol'])
  assert.equal(nearNames('a1', ['a2', 'a3', 'a4', 'a5']).length, 3)
})

test('case, spaces and underscores do not count', () => {
  assert.deepEqual(nearNames('blood pressure', ['Blood_Pressure', 'weight']), ['Blood_Pressure'])
  assert.deepEqual(nearNames('年龄', ['性别', '年龄 ']), ['年龄 '])
})

test('names that share little are not suggested', () => {
  assert.deepEqual(nearNames('outcome', ['age', 'sex', 'weight', '']), [])
})

test('names that somebody made to take long are looked at only so far', () => {
  let looks = 0
  const name = 'x'.repeat(190)
  const candidates = Array.from({ length: 10_000 }, (_, index) => ({
    toLowerCase() {
      looks += 1
      return `${name}${index}`
    },
    length: 200,
  }))
  assert.deepEqual(nearNames('y'.repeat(195), candidates as unknown as string[]), [])
  assert.ok(looks < 100, `${looks} names were looked at`)
})
