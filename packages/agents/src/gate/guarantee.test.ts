import assert from 'node:assert/strict'
import test from 'node:test'
import { type Guarantee, gateOfGuarantee, startGuarantee, stepGuarantee } from './guarantee.ts'

const label = (confidence: number, isWrong = false) =>
  ({ kind: 'label', labelled: { confidence, isWrong, propensity: 1, propensityLeast: 1 } }) as const

function afterLabels(guarantee: Guarantee, count: number, isWrong = false): Guarantee {
  let next = guarantee
  for (let index = 0; index < count; index++) next = stepGuarantee(next, label(0.99, isWrong))
  return next
}

test('it gathers, deferring everything and counting down, then holds', () => {
  const start = startGuarantee({ thresholds: [0.9, 0.5], alpha: 0.1, delta: 0.1 })
  assert.ok(start.kind === 'gathering')
  assert.deepEqual(gateOfGuarantee(start), { kind: 'closed' })
  const one = stepGuarantee(start, label(0.99))
  assert.ok(one.kind === 'gathering' && one.labelsNeeded === start.labelsNeeded - 1)
  const held = afterLabels(start, start.labelsNeeded)
  assert.deepEqual(gateOfGuarantee(held), { kind: 'open', threshold: 0.5 })
})

test('withdrawn it lets nothing through, says why, and no label brings it back', () => {
  const held = afterLabels(startGuarantee({ thresholds: [0.9], alpha: 0.1, delta: 0.1 }), 60)
  assert.equal(held.kind, 'holding')
  for (const reason of ['drift', 'model-swap', 'new-population', 'policy-change'] as const) {
    const gone = stepGuarantee(held, { kind: 'withdraw', reason })
    assert.ok(gone.kind === 'withdrawn' && gone.reason === reason)
    const later = stepGuarantee(afterLabels(gone, 500), { kind: 'withdraw', reason: 'drift' })
    assert.deepEqual(later, gone)
    assert.deepEqual(gateOfGuarantee(later), { kind: 'closed' })
  }
})
