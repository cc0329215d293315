import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom, isRefusal, type RefusalCode } from '@consort/protocol'
import { close } from '../testing/close.ts'
import { tenLabels, tenRecords, tenRows } from '../testing/ten-records.ts'
import { expectedCalibrationError } from './calibration-error.ts'
import { applyTemperature, fitTemperature } from './temperature.ts'

/**
 * Ten records of three classes; the expected figures were computed with scipy 1.17 (brentq on the loss's derivative).
 */
const records = tenRecords
const labels = tenLabels
const temperature = 2.9652639138935064

test('the temperature is the one that scipy finds, and so are its losses', () => {
  const fit = fitTemperature(records, labels)
  close(fit.temperature, temperature, 1e-10, 'temperature')
  close(fit.lossBefore, 1.0067709473182056, 1e-12, 'loss before')
  close(fit.loss, 0.5969833397822061, 1e-12, 'loss')
  assert.equal(fit.isAtLimit, false)
})

test('scaled probabilities are the ones that scipy finds', () => {
  const scaled = applyTemperature(records, temperature)
  for (const [index, expected] of [0.53830003, 0.39738349, 0.06431649].entries()) {
    close(scaled[3 * 3 + index]!, expected, 1e-7, `class ${index}`)
  }
})

test('logits of any size and shift: no overflow, and the temperature scales with them', () => {
  for (const scale of [1e-1, 1, 10]) {
    const moved = {
      logits: tenRows.flatMap((row, index) => row.map(z => z * scale + 5000 * index)),
      classes: 3,
    }
    close(fitTemperature(moved, labels).temperature, temperature * scale, 1e-6, `scale ${scale}`)
    const sums = applyTemperature(moved, 1e-2)
    assert.ok(sums.every(value => value >= 0 && value <= 1))
  }
})

test('labels drawn from the model at a temperature bring that temperature back, and calibrate it', () => {
  const truth = 2.5
  const uniform = createRandom(7).uniform
  const count = 20_000
  const logits = Float64Array.from({ length: 4 * count }, () => 12 * uniform())
  const drawn = applyTemperature({ logits, classes: 4 }, truth)
  const given = Array.from({ length: count }, (_, record) => {
    let rest = uniform()
    for (let index = 0; index < 3; index++) {
      rest -= drawn[4 * record + index]!
      if (rest < 0) return index
    }
    return 3
  })
  const fit = fitTemperature({ logits, classes: 4 }, given)
  close(fit.temperature, truth, 0.03, 'temperature')
  const errorAt = (at: number): number => {
    const scaled = applyTemperature({ logits, classes: 4 }, at)
    const judged = given.map((label, record) => {
      const row = scaled.subarray(4 * record, 4 * record + 4)
      const confidence = Math.max(...row)
      return { confidence, isRight: row.indexOf(confidence) === label }
    })
    return expectedCalibrationError(
      judged.map(({ confidence }) => confidence),
      judged.map(({ isRight }) => isRight),
    )
  }
  assert.ok(errorAt(1) > 0.1, `${errorAt(1)}`)
  assert.ok(errorAt(fit.temperature) < 0.015, `${errorAt(fit.temperature)}`)
})

test('where no temperature is best, it stops at a limit and says so', () => {
  const allRight = fitTemperature({ logits: [5, 0, 0, 5], classes: 2 }, [0, 1])
  assert.equal(allRight.isAtLimit, true)
  assert.ok(allRight.temperature < 0.011)
  const allWrong = fitTemperature({ logits: [5, 0, 0, 5], classes: 2 }, [1, 0])
  assert.equal(allWrong.isAtLimit, true)
  assert.ok(allWrong.temperature > 99)
  assert.equal(fitTemperature({ logits: [1, 1], classes: 2 }, [0]).isAtLimit, true)
})

test('no records, and logits that are not finite, are refused; shapes that do not fit assert', () => {
  const refused = (code: RefusalCode) => (error: unknown) => isRefusal(error, code)
  assert.throws(() => fitTemperature({ logits: [], classes: 2 }, []), refused('input-invalid'))
  for (const bad of [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]) {
    assert.throws(() => fitTemperature({ logits: [0, bad], classes: 2 }, [0]), refused('value-invalid'))
  }
  assert.throws(() => fitTemperature({ logits: [0, 1], classes: 2 }, [2]), assert.AssertionError)
  assert.throws(() => fitTemperature({ logits: [0, 1, 2], classes: 2 }, [0]), assert.AssertionError)
})
