import assert from 'node:assert/strict'
import test from 'node:test'
import { isRefusal } from '@consort/protocol'
import { fitThreshold } from './fit-threshold.ts'

const promise = { alpha: 0.05, delta: 0.05 }

/** `count` records of one confidence, of which the first `wrong` are wrong. */
function group(confidence: number, count: number, wrong: number) {
  return Array.from({ length: count }, (_, index) => ({ confidence, isWrong: index < wrong }))
}

function recordsOf(...groups: ReturnType<typeof group>[]) {
  const all = groups.flat()
  return { confidences: all.map(({ confidence }) => confidence), isWrong: all.map(({ isWrong }) => isWrong) }
}

test('the gate opens at the loosest threshold before the first that fails', () => {
  const records = recordsOf(group(0.99, 100, 0), group(0.9, 100, 2), group(0.8, 100, 40), group(0.7, 2000, 0))
  const gate = fitThreshold(records, { thresholds: [0.7, 0.99, 0.9, 0.8], ...promise })
  assert.equal(gate.kind, 'open')
  const { bound, ...rest } = gate.kind === 'open' ? gate : assert.fail()
  assert.deepEqual(rest, { kind: 'open', threshold: 0.9, answered: 200, wrong: 2, share: 200 / 2300 })
  assert.ok(bound < 0.05 && bound > 0.01)
})

test('58 error-free records are one too few, 59 are enough', () => {
  const closed = fitThreshold(recordsOf(group(0.9, 58, 0)), { thresholds: [0.9], ...promise })
  assert.deepEqual(closed, { kind: 'closed', threshold: 0.9, answered: 58, wrong: 0, labelsNeeded: 1 })
  const open = fitThreshold(recordsOf(group(0.9, 59, 0)), { thresholds: [0.9], ...promise })
  assert.equal(open.kind, 'open')
})

test('a closed gate says how many right answers would have opened it', () => {
  const records = recordsOf(group(0.99, 40, 2), group(0.5, 1000, 0))
  const gate = fitThreshold(records, { thresholds: [0.99, 0.5], alpha: 0.05, delta: 0.1 })
  assert.deepEqual(gate, { kind: 'closed', threshold: 0.99, answered: 40, wrong: 2, labelsNeeded: 65 })
  const later = recordsOf(group(0.99, 105, 2))
  assert.equal(fitThreshold(later, { thresholds: [0.99], alpha: 0.05, delta: 0.1 }).kind, 'open')
})

test('without records it is closed; a confidence that is not a number is never sure', () => {
  const empty = fitThreshold({ confidences: [], isWrong: [] }, { thresholds: [0.9], ...promise })
  assert.deepEqual(empty, { kind: 'closed', threshold: 0.9, answered: 0, wrong: 0, labelsNeeded: 59 })
  const gate = fitThreshold(recordsOf(group(Number.NaN, 100, 100), group(1, 100, 0)), {
    thresholds: [0],
    ...promise,
  })
  assert.deepEqual([gate.kind, gate.answered, gate.wrong], ['open', 100, 0])
})

test('promises that are none and empty grids are refused', () => {
  const isInvalid = (error: unknown) => isRefusal(error, 'input-invalid')
  const records = recordsOf(group(0.9, 10, 0))
  for (const wrong of [{ alpha: 0 }, { alpha: 1 }, { delta: 0 }, { delta: Number.NaN }]) {
    assert.throws(() => fitThreshold(records, { thresholds: [0.9], ...promise, ...wrong }), isInvalid)
  }
  assert.throws(() => fitThreshold(records, { thresholds: [], ...promise }), isInvalid)
  assert.throws(() => fitThreshold(records, { thresholds: [Number.NaN], ...promise }), isInvalid)
})
