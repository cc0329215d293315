import assert from 'node:assert/strict'
import test from 'node:test'
import { Refusal } from '@consort/protocol'
import { close } from '../testing/close.ts'
import { uniformOf } from '../testing/uniform-of.ts'
import { orderPartners, partnerCost } from './choose-partner.ts'
import { type Circuit, type CircuitRule, closedCircuit, stepCircuit, tryCircuit } from './circuit-breaker.ts'
import { doublyRobustValue, inversePropensityValue, type LoggedAction } from './logged-value.ts'

/** Unsure cases (x near 0) are logged as deferred more often; answering them is dear. */
function drawLog(count: number, uniform: () => number): (LoggedAction & { x: number })[] {
  return Array.from({ length: count }, () => {
    const x = uniform()
    const answer = 0.1 + 0.8 * x
    const action = uniform() < answer ? 'answer' : 'defer'
    const cost = action === 'defer' ? 5 : uniform() < 0.3 * (1 - x) ? 40 : 0
    return { x, action, cost, propensities: { answer, defer: 1 - answer } }
  })
}

const always = () => ({ answer: 1, defer: 0 })
/** E[40 · 0.3 · (1 − x)]: what answering everything costs. */
const truth = 6

test('the value of another policy is found in the log; the mean of what was done misses it', t => {
  const log = drawLog(40_000, uniformOf(3))
  const plain = inversePropensityValue(log, always)
  const robust = doublyRobustValue(log, always, ({ x }, action) => (action === 'defer' ? 5 : 12 * (1 - x)))
  const crude = doublyRobustValue(log, always, () => 3)
  const naive = log.filter(({ action }) => action === 'answer')
  const mean = naive.reduce((sum, { cost }) => sum + cost, 0) / naive.length
  t.diagnostic(
    `true ${truth}, inverse propensities ${plain.cost} ± ${plain.standardError}, doubly robust ${robust.cost} ± ${robust.standardError}, naive ${mean}`,
  )
  for (const { cost, standardError } of [plain, robust, crude]) {
    assert.ok(Math.abs(cost - truth) < 4 * standardError, `${cost} ± ${standardError}`)
  }
  assert.ok(robust.standardError < plain.standardError)
  assert.ok(Math.abs(mean - truth) > 1, 'the naive mean judges the answered cases only')
  assert.ok(plain.effectiveCases < 0.5 * plain.cases)
})

test('the logged policy itself is worth what it cost, exactly', () => {
  const log = drawLog(500, uniformOf(8))
  const same = inversePropensityValue(log, ({ propensities }) => propensities)
  close(same.cost, log.reduce((sum, { cost }) => sum + cost, 0) / 500, 1e-12)
  close(same.effectiveCases, 500, 1e-9)
})

test('outside the support nothing is said', () => {
  const isInvalid = (error: unknown) => error instanceof Refusal && error.code === 'input-invalid'
  const log = [{ action: 'defer', cost: 5, propensities: { answer: 0, defer: 1 } }]
  assert.throws(() => inversePropensityValue(log, always), isInvalid)
  assert.throws(() => doublyRobustValue(log, always, () => 0), isInvalid)
  assert.equal(inversePropensityValue(log, () => ({ answer: 0, defer: 1 })).cost, 5)
  assert.throws(() => inversePropensityValue([], always), isInvalid)
})

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
    const uniform = uniformOf(seed)
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
  const uniform = uniformOf(6)
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
