import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom, isRefusal } from '@consort/protocol'
import { close } from '../testing/close.ts'
import { drawSpotCheck, spotCheckOfDeferred } from './spot-check.ts'

test('every answer has at least the least chance to be audited, and the draws follow the chances', () => {
  const rule = { shareMin: 0.05, shareAtThreshold: 0.4 }
  const uniform = createRandom(2).uniform
  const at = (confidence: number) => drawSpotCheck(confidence, { rule, threshold: 0.8, uniform: uniform() })
  close(at(1).propensity, 0.05, 1e-12)
  close(at(0.8).propensity, 0.4, 1e-12)
  close(at(0.9).propensity, 0.225, 1e-12)
  for (const confidence of [0, 0.8, 0.85, 0.93, 1]) {
    const draws = Array.from({ length: 20_000 }, () => at(confidence))
    const { propensity, propensityLeast } = draws[0]!
    assert.ok(propensity >= 0.05 && propensityLeast === 0.05)
    const share = draws.filter(({ isAudited }) => isAudited).length / draws.length
    assert.ok(Math.abs(share - propensity) < 4 * Math.sqrt((propensity * (1 - propensity)) / draws.length))
  }
  assert.equal(drawSpotCheck(1, { rule: { shareMin: 1 }, threshold: 1, uniform: 0.999 }).isAudited, true)
})

test('a deferred case weighs as much as it stands for: fully while all are deferred', () => {
  const rule = { shareMin: 0.1 }
  assert.deepEqual(spotCheckOfDeferred(rule, { kind: 'closed' }), {
    ...{ isAudited: true, propensity: 1, propensityLeast: 1 },
  })
  assert.deepEqual(spotCheckOfDeferred(rule, { kind: 'open' }), {
    ...{ isAudited: true, propensity: 1, propensityLeast: 0.1 },
  })
})

test('no audits at all are refused', () => {
  const isInvalid = (error: unknown) => isRefusal(error, 'input-invalid')
  for (const rule of [{ shareMin: 0 }, { shareMin: 0.2, shareAtThreshold: 0.1 }, { shareMin: Number.NaN }]) {
    assert.throws(() => drawSpotCheck(0.9, { rule, threshold: 0.8, uniform: 0 }), isInvalid)
    assert.throws(() => spotCheckOfDeferred(rule, { kind: 'open' }), isInvalid)
  }
})
