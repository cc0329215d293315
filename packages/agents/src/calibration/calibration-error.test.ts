import assert from 'node:assert/strict'
import test from 'node:test'
import { isRefusal } from '@consort/protocol'
import { close } from '../testing/close.ts'
import { expectedCalibrationError } from './calibration-error.ts'

const confidences = [
  0.8993794, 0.7260956, 0.92037814, 0.53830003, 0.85059761, 0.91065531, 0.52727856, 0.85275764, 0.55574455,
  0.84865972,
]
const isRight = [true, true, true, false, true, true, false, true, false, false]

test('the error over bins of equal mass is the one that numpy finds', () => {
  const expected = {
    1: 0.16298465549235752,
    3: 0.24635055752152502,
    4: 0.2762310354390252,
    10: 0.3310119150786,
  }
  for (const [bins, error] of Object.entries(expected)) {
    close(expectedCalibrationError(confidences, isRight, Number(bins)), error, 1e-7, `${bins} bins`)
  }
})

test('0 for a coin that is called fair, 1 for what is always sure and always wrong', () => {
  assert.equal(expectedCalibrationError([0.5, 0.5], [true, false], 2), 0)
  assert.equal(expectedCalibrationError([1, 1, 1], [false, false, false]), 1)
})

test('the order of the records does not matter, not even among equal confidences', () => {
  const tied = [0.9, 0.9, 0.9, 0.9, 0.6, 0.6]
  const right = [true, true, false, false, true, false]
  const forwards = expectedCalibrationError(tied, right, 3)
  close(forwards, expectedCalibrationError(tied.toReversed(), right.toReversed(), 3), 1e-12)
  close(forwards, (4 * 0.4 + 2 * 0.1) / 6, 1e-12)
})

test('no records are refused', () => {
  assert.throws(
    () => expectedCalibrationError([], []),
    (error: unknown) => isRefusal(error, 'input-invalid'),
  )
})
