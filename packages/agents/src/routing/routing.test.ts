import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '@consort/protocol'
import { orderPartners, partnerCost } from './choose-partner.ts'
import { type Circuit, type CircuitRule, closedCircuit, stepCircuit, tryCircuit } from './circuit-breaker.ts'

const rule: CircuitRule = { failuresMax: 3, pauseMs: 100, pauseMaxMs: 350, probeMaxMs: 50 }
const fail = (circuit: Circuit, nowMs: number) => stepCircuit(circuit, { kind: 'failed', nowMs }, rule)
const pass = (circuit: Circuit, nowMs: number) => stepCircuit(circuit, { kind: 'succeeded', nowMs }, rule)

test('the circuit opens after failures in a row, lets one question through after the pause, and closes by its success', () => {
  let circuit = fail(fail(closedCircuit, 0), 1)
  assert.equal(tryCircuit(circuit, { nowMs: 2, rule }).mayAsk, true)
  circuit = pass(circuit, 2) // not in a row
  circuit = fail(fail(fail(circuit, 3), 4), 5)
  assert.deepEqual(circuit, { kind: 'open', untilMs: 105, openings: 1 })
  assert.equal(tryCircuit(circuit, { nowMs: 104, rule }).mayAsk, false)
  const probe = tryCircuit(circuit, { nowMs: 105, rule })
  assert.equal(probe.mayAsk, true)
  assert.equal(tryCircuit(probe.next, { nowMs: 106, rule }).mayAsk, false)
  assert.deepEqual(pass(probe.next, 110), closedCircuit)
})

test('each failed probe doubles the pause up to the longest; one that hangs is a failed one', () => {
  let circuit: Circuit = { kind: 'open', untilMs: 100, openings: 1 }
  const pauses = [200, 350, 350].map(() => {
    assert.ok(circuit.kind === 'open')
    const { untilMs } = circuit
    circuit = fail(tryCircuit(circuit, { nowMs: untilMs, rule }).next, untilMs)
    assert.ok(circuit.kind === 'open')
    return circuit.untilMs - untilMs
  })
  assert.deepEqual(pauses, [200, 350, 350])
  const hanging = tryCircuit(circuit, { nowMs: 10_000, rule }).next
  const after = tryCircuit(hanging, { nowMs: 10_050, rule })
  assert.deepEqual([after.mayAsk, after.next.kind], [false, 'open'])
})

test('whatever comes in whatever order, no two probes at once and nothing through an open circuit', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const uniform = createRandom(seed).uniform
    let [circuit, nowMs]: [Circuit, number] = [closedCircuit, 0]
    for (let step = 0; step < 300; step++) {
      nowMs += Math.floor(40 * uniform())
      const before = circuit
      if (uniform() < 0.6) {
        const { mayAsk, next } = tryCircuit(circuit, { nowMs, rule })
        if (before.kind === 'probing') assert.equal(mayAsk, false, `seed ${seed}`)
        if (before.kind === 'open' && nowMs < before.untilMs) assert.equal(mayAsk, false, `seed ${seed}`)
        circuit = next
      } else circuit = uniform() < 0.8 ? fail(circuit, nowMs) : pass(circuit, nowMs)
      if (circuit.kind === 'closed') assert.ok(circuit.failures < rule.failuresMax, `seed ${seed}`)
    }
  }
})

const costs = { perSecond: 1, failure: 10, error: 100 }
const partners = [
  { partner: 'cheap', price: 1, latencyMs: 500, failureRate: 0, wrongRate: 0.01 },
  { partner: 'slow', price: 1, latencyMs: 3000, failureRate: 0, wrongRate: 0.01 },
  { partner: 'flaky', price: 0, latencyMs: 200, failureRate: 0.5, wrongRate: 0 },
]

test('partners are drawn with P ∝ exp(−α · θ), the others in the order of fallbacks', () => {
  assert.deepEqual(
    partners.map(one => partnerCost(one, costs)),
    [2.5, 5, 5.2],
  )
  const uniform = createRandom(6).uniform
  const draws = 20_000
  let first = 0
  for (let draw = 0; draw < draws; draw++) {
    const order = orderPartners(partners, { costs, alpha: 0.4, uniforms: [uniform(), uniform(), uniform()] })
    assert.deepEqual(order.map(({ partner }) => partner).sort(), ['cheap', 'flaky', 'slow'])
    if (order[0]!.partner === 'cheap') first++
  }
  const share = 1 / (1 + Math.exp(-0.4 * 2.5) + Math.exp(-0.4 * 2.7))
  assert.ok(Math.abs(first / draws - share) < 4 * Math.sqrt((share * (1 - share)) / draws))
  const greedy = orderPartners(partners, {
    costs,
    alpha: Number.POSITIVE_INFINITY,
    uniforms: [0.9, 0.9, 0.9],
  })
  assert.deepEqual(
    greedy.map(({ partner }) => partner),
    ['cheap', 'slow', 'flaky'],
  )
  assert.deepEqual(orderPartners([], { costs, alpha: 1, uniforms: [] }), [])
})
