import assert from 'node:assert/strict'
import test from 'node:test'
import { calibrationHalves } from './calibration-halves.ts'

const key = Buffer.alloc(32, 7)

function examplesOf(values: readonly number[], labels = values.map(() => 0)) {
  return {
    count: values.length,
    inputs: Float32Array.from(values.flatMap(value => [value, -value])),
    labels: Int32Array.from(labels),
  }
}

test('every record is in one half, and the halves are about equal', () => {
  const examples = examplesOf(Array.from({ length: 4000 }, (_, index) => index))
  const { probabilities, gate } = calibrationHalves(examples, key)
  const all = [...probabilities, ...gate].sort((a, b) => a - b)
  assert.deepEqual(
    all,
    Array.from({ length: 4000 }, (_, index) => index),
  )
  assert.ok(Math.abs(probabilities.length - 2000) < 4 * Math.sqrt(1000), `${probabilities.length}`)
})

test('a record stays in its half when others come and go, and copies stay together', () => {
  const few = calibrationHalves(examplesOf([5, 6, 7, 8]), key)
  const many = calibrationHalves(examplesOf([1, 5, 2, 6, 3, 7, 8, 5]), key)
  const valuesOf = (values: number[], indices: Int32Array) =>
    new Set([...indices].map(index => values[index]))
  const before = valuesOf([5, 6, 7, 8], few.gate)
  const after = valuesOf([1, 5, 2, 6, 3, 7, 8, 5], many.gate)
  for (const value of [5, 6, 7, 8]) assert.equal(before.has(value), after.has(value))
  const copies = calibrationHalves(examplesOf([9, 9, 9, 9, 9, 9, 9, 9]), key)
  assert.equal(copies.probabilities.length % 8, 0)
})

test('another key, another split; the label counts too', () => {
  const values = Array.from({ length: 200 }, (_, index) => index)
  const splits = [
    calibrationHalves(examplesOf(values), key),
    calibrationHalves(examplesOf(values), Buffer.alloc(32, 8)),
    calibrationHalves(
      examplesOf(
        values,
        values.map(() => 1),
      ),
      key,
    ),
  ]
  assert.equal(new Set(splits.map(split => split.gate.join())).size, 3)
})

test('pixels are split as bytes', () => {
  const inputs = Uint8Array.from({ length: 64 }, (_, index) => index)
  const { probabilities, gate } = calibrationHalves({ count: 16, inputs, labels: new Int32Array(16) }, key)
  assert.equal(probabilities.length + gate.length, 16)
})

test('a file that is sorted by label gives no sorted half', () => {
  const values = Array.from({ length: 400 }, (_, index) => index)
  const labels = values.map(value => (value < 200 ? 0 : 1))
  const { gate } = calibrationHalves(examplesOf(values, labels), key)
  const early = [...gate.subarray(0, 50)].filter(index => labels[index] === 0).length
  assert.ok(early > 10 && early < 40, `${early} of 50`)
  assert.notDeepEqual(
    [...gate],
    [...gate].sort((a, b) => a - b),
  )
})
