import assert from 'node:assert/strict'
import test from 'node:test'
import { errorWatchSchema, startErrorWatch, watchAnswer } from '../drift/error-watch.ts'
import {
  exchangeabilityWatchSchema,
  startExchangeabilityWatch,
  watchCase,
} from '../drift/exchangeability-watch.ts'
import { guaranteeSchema, startGuarantee, stepGuarantee } from '../gate/guarantee.ts'
import {
  calibrationOf,
  keptCalibration,
  keptCalibrationSchema,
  type VersionCalibration,
} from './version-calibration.ts'

/** What a value is after it was kept as JSON and read again. */
function read<T>(schema: { parse(value: unknown): T }, value: unknown): T {
  return schema.parse(JSON.parse(JSON.stringify(value)))
}

const promise = { alpha: 0.2, delta: 0.2, thresholds: [0.9, 0.5] }
const right = { confidence: 0.95, isWrong: false, propensity: 1, propensityLeast: 1 }

test('a guarantee is the same after it was kept: gathering, holding, withdrawn', () => {
  const gathering = startGuarantee(promise)
  let holding = gathering
  for (let label = 0; label < 50; label++)
    holding = stepGuarantee(holding, { kind: 'label', labelled: right })
  const withdrawn = stepGuarantee(holding, { kind: 'withdraw', reason: 'drift' })
  assert.deepEqual(
    [gathering, holding, withdrawn].map(({ kind }) => kind),
    ['gathering', 'holding', 'withdrawn'],
  )
  for (const one of [gathering, holding, withdrawn]) assert.deepEqual(read(guaranteeSchema, one), one)
})

test('every calibrator is the same after it was kept, also with cutoffs that are infinite', () => {
  const base = { records: 9, confidences: [0.1, 0.9], source: 'sha256:1', delta: 0.1 }
  const conformal = { method: { kind: 'lac' }, classes: 2, cutoffs: [0.4, Number.POSITIVE_INFINITY] } as const
  const calibrations: VersionCalibration[] = [
    { ...base, conformal: null, calibrator: { kind: 'temperature', temperature: 2 } },
    { ...base, conformal, calibrator: { kind: 'vector', scales: [1, 2], biases: [0, -1] } },
    {
      ...base,
      conformal: { ...conformal, method: { kind: 'raps', penalty: 0.1, free: 2 } },
      calibrator: { kind: 'isotonic', temperature: 1, scores: [0.5], values: [0.7] },
    },
  ]
  for (const one of calibrations) {
    assert.deepEqual(calibrationOf(read(keptCalibrationSchema, keptCalibration(one))), one)
  }
})

test('a calibration from before there were conformal sets has none', () => {
  const old = {
    calibrator: { kind: 'temperature', temperature: 1 },
    records: 0,
    confidences: [],
    source: 'sha256:1',
    delta: 0.1,
  }
  assert.equal(read(keptCalibrationSchema, old).conformal, null)
})

test('watches are the same after they were kept', () => {
  const errors = watchAnswer(startErrorWatch({ alpha: 0.1, delta: 0.05 }), { ...right, isWrong: true })
  assert.deepEqual(read(errorWatchSchema, errors), errors)
  const cases = watchCase(startExchangeabilityWatch(0.01, [0.2, 0.9]), { score: 0.5, uniform: 0.3 })
  assert.deepEqual(read(exchangeabilityWatchSchema, cases), cases)
})

test('a watch that nobody obeys grows past all numbers, and can still be kept and goes on', () => {
  let watch = startExchangeabilityWatch(0.001, [0.5])
  // Ever surer cases: each p-value is the smallest that there can be.
  for (let one = 0; one < 4000; one++)
    watch = watchCase(watch, { score: Math.min(1, one / 3000), uniform: 0 })
  assert.ok(watch.hasFired && watch.wealth.includes(Number.POSITIVE_INFINITY))
  const kept = read(exchangeabilityWatchSchema, watch)
  assert.ok(kept.hasFired && kept.wealth.every(Number.isFinite))
  const next = watchCase(kept, { score: 0.1, uniform: 0.5 })
  assert.ok(next.hasFired && next.cases === watch.cases + 1)
})
