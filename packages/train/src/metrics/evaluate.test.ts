import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { metrics } from '@consort/protocol'
import { evaluate, judge } from './evaluate.ts'

interface Expected {
  truth: number[]
  guess: number[]
  accuracy: number
  precision: number
  recall: number
  f1: number
}
const reference: { metrics: Expected[] } = JSON.parse(
  readFileSync(new URL('../../fixtures/reference.json', import.meta.url), 'utf8'),
)

for (const { truth, guess, ...expected } of reference.metrics) {
  const classes = Math.max(...truth) + 1
  test(`accuracy, precision, recall and F1 over ${classes} classes equal scikit-learn's`, () => {
    const scores = Float32Array.from(
      guess.flatMap(chosen => Array.from({ length: classes }, (_, c) => (c === chosen ? 3 : 0))),
    )
    const { values, examples } = evaluate('cross-entropy', {
      scores,
      outputs: classes,
      labels: Int32Array.from(truth),
    })
    assert.equal(examples, truth.length)
    for (const [name, value] of Object.entries(expected)) {
      assert.ok(
        Math.abs(values[name as 'f1']! - value) < 1e-12,
        `${name}: ${values[name as 'f1']}, expected ${value}`,
      )
    }
  })
}

test('a single score means the same as two whose difference it is', () => {
  const labels = Int32Array.of(1, 0, 1, 0)
  const single = evaluate('binary-cross-entropy', {
    scores: Float32Array.of(2, -1, -0.5, 3),
    outputs: 1,
    labels,
  })
  const double = evaluate('cross-entropy', {
    scores: Float32Array.of(0, 2, 0, -1, 0, -0.5, 0, 3),
    outputs: 2,
    labels,
  })
  for (const [name, value] of Object.entries(double.values)) {
    assert.ok(Math.abs(single.values[name as 'f1']! - value) < 1e-6, name)
  }
})

test('extreme scores give a finite loss, and numbers their mean squared error', () => {
  const sure = evaluate('binary-cross-entropy', {
    scores: Float32Array.of(1e4, -1e4),
    outputs: 1,
    labels: Int32Array.of(0, 0),
  })
  assert.equal(sure.values.loss, 5e3)
  const numeric = evaluate('mse', {
    scores: Float32Array.of(1, 2),
    outputs: 1,
    labels: Float32Array.of(0, 4),
  })
  assert.deepEqual(numeric.values, { loss: 2.5 })
})

test('the sums of two partners, added, give the figure of all their records', () => {
  const classes = 4
  const count = 60
  const scores = Float32Array.from({ length: count * classes }, (_, index) => Math.sin(7 * index))
  const labels = Int32Array.from({ length: count }, (_, row) => (row * row) % classes)
  const whole = { scores, outputs: classes, labels }
  const cut = 23
  const parts = [
    { ...whole, scores: scores.subarray(0, cut * classes), labels: labels.subarray(0, cut) },
    { ...whole, scores: scores.subarray(cut * classes), labels: labels.subarray(cut) },
  ].map(part => judge('cross-entropy', part))
  const expected = evaluate('cross-entropy', whole).values
  let name: keyof typeof metrics
  for (name in metrics) {
    const [first, second] = parts.map(part => metrics[name].sumsOf(part))
    const sums = first!.map((sum, index) => sum + second![index]!)
    assert.ok(Math.abs(metrics[name].valueOf(sums) - expected[name]!) < 1e-12, name)
  }
})
