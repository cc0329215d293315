import assert from 'node:assert/strict'
import test from 'node:test'
import { isRefusal, type RefusalCode } from '@consort/protocol'
import { fitTemperature } from '../calibration/temperature.ts'
import { close } from '../testing/close.ts'
import { tenLabels, tenRecords } from '../testing/ten-records.ts'
import { applyPool, fitPool } from './pool-opinions.ts'

/**
 * Ten records of three classes by two models; expected figures by scipy 1.17 (BFGS), logits over their root mean
 * square.
 */
const first = tenRecords.logits
const second = [
  [1, 0, 0.5],
  [1.2, 0.4, 0],
  [0, 0.9, 1],
  [0, 0.5, 0.8],
  [0.5, 0, 0.3],
  [0.2, 0.9, 0],
  [1, 0, 0.2],
  [0, 1, 0.2],
  [0, 0.5, 0.6],
  [0.2, 0.1, 0.5],
].flat()
const labels = tenLabels

test('weights and biases are the ones that scipy finds', () => {
  const pool = fitPool({ opinions: [first, second], classes: 3 }, labels, { penalty: 0.1 })
  close(pool.weights[0]!, 0.3874102535720483, 1e-5)
  close(pool.weights[1]!, 1.699950324054759, 1e-5)
  for (const [k, bias] of [-0.25614201420192734, 0.5565293986123038, -0.30038741579240497].entries()) {
    close(pool.biases[k]!, bias, 1e-5)
  }
})

test('one model alone and no biases: its temperature; the same model twice gets no more', () => {
  const { temperature } = fitTemperature({ logits: first, classes: 3 }, labels)
  const alone = fitPool({ opinions: [first], classes: 3 }, labels, { penalty: 1e6 })
  close(alone.weights[0]!, 1 / temperature, 1e-4)
  const twice = fitPool({ opinions: [first, first], classes: 3 }, labels, { penalty: 1e6 })
  close(twice.weights[0]! + twice.weights[1]!, 1 / temperature, 1e-4)
  const probabilities = applyPool({ opinions: [first, first], classes: 3 }, twice)
  for (let row = 0; row < 10; row++) {
    close(probabilities[3 * row]! + probabilities[3 * row + 1]! + probabilities[3 * row + 2]!, 1, 1e-12)
  }
})

test('no records and logits that are not finite are refused', () => {
  const refused = (code: RefusalCode) => (error: unknown) => isRefusal(error, code)
  assert.throws(() => fitPool({ opinions: [[]], classes: 2 }, []), refused('input-invalid'))
  const bad = {
    opinions: [
      [0, 1],
      [0, -Infinity],
    ],
    classes: 2,
  }
  assert.throws(() => fitPool(bad, [0]), refused('value-invalid'))
})
