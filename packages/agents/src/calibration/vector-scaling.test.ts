import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom, isRefusal, type RefusalCode } from '@consort/protocol'
import { close } from '../testing/close.ts'
import { tenLabels, tenRecords } from '../testing/ten-records.ts'
import { fitTemperature } from './temperature.ts'
import { applyVectorScaling, fitVectorScaling } from './vector-scaling.ts'

/** Ten records of three classes; expected figures by scipy 1.17 (BFGS) on logits divided by their root mean square. */
const records = tenRecords
const labels = tenLabels

test('scales and biases are the ones that scipy finds', () => {
  const fit = fitVectorScaling(records, labels, { penalty: 0.01 })
  for (const [k, scale] of [0.4718686080689405, 0.9261053498360353, 0.13431652156011525].entries()) {
    close(fit.scales[k]!, scale, 1e-5, `scale ${k}`)
  }
  for (const [k, bias] of [-0.3314649847178162, -0.6209172661649414, 0.9523804953059126].entries()) {
    close(fit.biases[k]!, bias, 1e-5, `bias ${k}`)
  }
  close(fit.loss, 0.4519182340432488, 1e-7, 'loss')
  close(fitVectorScaling(records, labels, { penalty: 1 }).loss, 0.5388326824270576, 1e-7, 'loss, penalty 1')
})

test('a heavy penalty leaves one temperature', () => {
  const fit = fitVectorScaling(records, labels, { penalty: 1e6 })
  const { temperature, loss } = fitTemperature(records, labels)
  for (const scale of fit.scales) close(scale, 1 / temperature, 1e-4)
  close(fit.loss, loss, 1e-6)
  close(fit.lossBefore, fitTemperature(records, labels).lossBefore, 1e-12)
})

test('a model that favours one class is put right, which a temperature cannot do', t => {
  const uniform = createRandom(5).uniform
  const count = 4000
  const logits = Float64Array.from({ length: 3 * count }, () => 4 * uniform() - 2)
  const truth = { scales: [1, 1, 1], biases: [-1.5, 0, 0] }
  const drawn = applyVectorScaling({ logits, classes: 3 }, truth)
  const given = Array.from({ length: count }, (_, record) => {
    const rest = uniform() - drawn[3 * record]!
    if (rest < 0) return 0
    return rest < drawn[3 * record + 1]! ? 1 : 2
  })
  const fit = fitVectorScaling({ logits, classes: 3 }, given, { penalty: 1e-4 })
  const one = fitTemperature({ logits, classes: 3 }, given)
  t.diagnostic(`loss ${fit.loss} with vectors, ${one.loss} with a temperature`)
  close(fit.biases[0]! - fit.biases[1]!, -1.5, 0.1)
  for (const scale of fit.scales) close(scale, 1, 0.1)
  assert.ok(one.loss - fit.loss > 0.05)
})

test('no records and logits that are not finite are refused', () => {
  const refused = (code: RefusalCode) => (error: unknown) => isRefusal(error, code)
  assert.throws(() => fitVectorScaling({ logits: [], classes: 2 }, []), refused('input-invalid'))
  assert.throws(() => fitVectorScaling({ logits: [0, Infinity], classes: 2 }, [0]), refused('value-invalid'))
})
