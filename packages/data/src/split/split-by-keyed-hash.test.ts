import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Dataset, ImageDataset } from '@consort/records'
import { createTableBuilder } from '@consort/records/testing/table-builder'
import { splitRecords } from '../testing/split-records.ts'

const key = Buffer.alloc(32, 7)

function numbers(values: readonly number[]): Dataset {
  const builder = createTableBuilder(['value'])
  for (const value of values) builder.add([String(value)], 'x')
  return builder.build()
}

function range(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, index) => from + index)
}

test('every record is on one side, in order, and about the asked share is kept for validation', () => {
  const count = 20_000
  for (const validation of [0.1, 0.5]) {
    const split = splitRecords(numbers(range(count)), { key, validation })
    assert.deepEqual(
      [...split.train, ...split.validation].sort((a, b) => a - b),
      range(count),
    )
    assert.deepEqual(split.train, split.train.toSorted())
    assert.deepEqual(split.validation, split.validation.toSorted())
    const deviation = Math.sqrt(count * validation * (1 - validation))
    assert.ok(Math.abs(split.validation.length - count * validation) < 4 * deviation)
  }
})

test('a record stays on its side when others come, go and move', () => {
  const before = splitRecords(numbers(range(1000)), { key, validation: 0.2 })
  const values = [...range(500, 5000), ...range(1000).reverse()]
  const after = splitRecords(numbers(values), { key, validation: 0.2 })
  const kept = [...after.validation].map(index => values[index]!).filter(value => value < 1000)
  assert.deepEqual(
    kept.sort((a, b) => a - b),
    [...before.validation],
  )
})

test('copies of a record are on the same side', () => {
  const values = range(1000).map(index => index % 100)
  const { train, validation } = splitRecords(numbers(values), { key, validation: 0.3 })
  const trained = new Set([...train].map(index => values[index]))
  assert.ok(validation.length > 0)
  assert.ok([...validation].every(index => !trained.has(values[index])))
})

test('a larger share only adds records, another key keeps others', () => {
  const dataset = numbers(range(1000))
  const kept = (share: number, withKey = key) => [
    ...splitRecords(dataset, { key: withKey, validation: share }).validation,
  ]
  const larger = new Set(kept(0.2))
  assert.ok(kept(0.1).every(index => larger.has(index)))
  assert.ok(!kept(0.1, Buffer.alloc(32, 8)).every(index => larger.has(index)))
})

test('with 0 everything trains', () => {
  const { train, validation } = splitRecords(numbers(range(5)), { key, validation: 0 })
  assert.deepEqual(train, Int32Array.of(0, 1, 2, 3, 4))
  assert.equal(validation.length, 0)
})

test('an empty side is refused, and it says how many records there are', () => {
  const copies = numbers([1, 1, 1])
  const messages = [0.0001, 0.9999].map(validation => {
    try {
      splitRecords(copies, { key, validation })
      return ''
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'split-empty')
      return (error as Error).message
    }
  })
  assert.deepEqual(messages, [
    'Of 3 records, none would be left for validation',
    'Of 3 records, none would be left for training',
  ])
  for (const validation of [-0.1, 1, Number.NaN]) {
    assert.throws(() => splitRecords(copies, { key, validation }), RangeError)
  }
})

test('of 60,000 images a tenth is held out, whatever is on them', () => {
  const count = 60_000
  const words = new Uint32Array((count * 784) / 4)
  for (let index = 0; index < words.length; index++) words[index] = Math.imul(index, 2_654_435_761)
  const images: ImageDataset = {
    kind: 'images',
    count,
    height: 28,
    width: 28,
    channels: 1,
    pixels: new Uint8Array(words.buffer),
    labels: range(count).map(index => String(index % 10)),
  }
  const { validation } = splitRecords(images, { key, validation: 0.1 })
  assert.ok(validation.length > 5700 && validation.length < 6300, `${validation.length}`)
})
