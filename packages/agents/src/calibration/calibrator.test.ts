import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '@consort/protocol'
import { applyCalibrator, chooseCalibrator, fitCalibrator, topsOf } from './calibrator.ts'

const classes = 3

/** Records whose labels follow softmax(bias + logits / temperature), where the model says softmax(logits). */
function drawn(count: number, { temperature = 1, bias = [0, 0, 0], seed = 1 }) {
  const uniform = createRandom(seed).uniform
  const logits = Float64Array.from({ length: count * classes }, () => 8 * (uniform() - 0.5))
  const labels = Int32Array.from({ length: count }, (_, record) => {
    const weights = [0, 1, 2].map(k => Math.exp(logits[record * classes + k]! / temperature + bias[k]!))
    const place = uniform() * weights.reduce((sum, weight) => sum + weight, 0)
    return place < weights[0]! ? 0 : place < weights[0]! + weights[1]! ? 1 : 2
  })
  return { logits, classes, labels }
}

test('one temperature where one is enough, and where labels are few; vectors where classes differ', () => {
  const plain = drawn(3000, { temperature: 2 })
  const { calibrator, losses } = chooseCalibrator(plain, plain.labels)
  assert.deepEqual(Object.keys(losses), ['temperature', 'vector', 'isotonic'])
  assert.ok(calibrator.kind === 'temperature' && Math.abs(calibrator.temperature - 2) < 0.2)
  const skewed = drawn(3000, { bias: [2, 0, -2] })
  assert.equal(chooseCalibrator(skewed, skewed.labels).calibrator.kind, 'vector')
  const few = drawn(60, { bias: [2, 0, -2] })
  const among = chooseCalibrator(few, few.labels)
  assert.deepEqual([among.calibrator.kind, among.losses], ['temperature', {}])
})

test('every calibrator gives probabilities, and an isotonic one leaves the likeliest class where it was', () => {
  const records = drawn(1200, { temperature: 3, seed: 5 })
  const sure = new Float64Array([900, 0, 0]) // a probability of 1 in doubles
  for (const kind of ['temperature', 'vector', 'isotonic'] as const) {
    const calibrator = fitCalibrator(kind, records, records.labels)
    for (const logits of [records.logits, sure]) {
      const probabilities = applyCalibrator({ logits, classes }, calibrator)
      for (let start = 0; start < probabilities.length; start += classes) {
        const row = probabilities.subarray(start, start + classes)
        assert.ok(row.every(value => value >= 0 && value <= 1))
        assert.ok(Math.abs(row[0]! + row[1]! + row[2]! - 1) < 1e-9)
        if (kind === 'vector') continue
        assert.equal(row.indexOf(Math.max(...row)), likeliestOf(logits.subarray(start, start + classes)))
      }
    }
  }
})

test('isotonic confidences are the shares that were right', () => {
  const records = drawn(40_000, { temperature: 3, seed: 9 })
  const fresh = drawn(40_000, { temperature: 3, seed: 10 })
  const calibrator = fitCalibrator('isotonic', records, records.labels)
  const tops = topsOf(applyCalibrator(fresh, calibrator), classes)
  const sure = tops.flatMap((top, record) => (top.confidence > 0.7 ? [{ ...top, record }] : []))
  const right = sure.filter(({ index, record }) => index === fresh.labels[record]).length / sure.length
  const said = sure.reduce((sum, { confidence }) => sum + confidence, 0) / sure.length
  assert.ok(sure.length > 500 && Math.abs(right - said) < 0.04, `${right} ${said}`)
})

function likeliestOf(row: Float64Array): number {
  return row.indexOf(Math.max(...row))
}
