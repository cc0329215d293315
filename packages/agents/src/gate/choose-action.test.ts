import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '@consort/protocol'
import { close } from '../testing/close.ts'
import { chooseAction } from './choose-action.ts'

const open = { kind: 'open', threshold: 0.8 } as const
const costs = { error: 100, price: 5, waiting: 1 }
const greedy = Number.POSITIVE_INFINITY

test('what the gate does not allow is never answered, whatever β, costs and draw', () => {
  const uniform = createRandom(3).uniform
  for (let draw = 0; draw < 5000; draw++) {
    const confidence = 0.8 * uniform()
    const beta = [0, uniform(), greedy][draw % 3]!
    const dear = { error: 0, price: 1e6 * uniform(), waiting: 1e6 }
    const below = chooseAction(confidence, { gate: open, costs: dear, beta, uniform: uniform() })
    assert.deepEqual([below.action, below.reason], ['defer', 'below-threshold'])
    assert.deepEqual(below.propensities, { answer: 0, defer: 1 })
    const closed = chooseAction(1, { gate: { kind: 'closed' }, costs: dear, beta, uniform: uniform() })
    assert.deepEqual([closed.action, closed.reason], ['defer', 'gate-closed'])
    assert.deepEqual(closed.propensities, { answer: 0, defer: 1 })
  }
})

test('costs are what is expected: of an error by its probability, of a person by price and waiting', () => {
  const { expectedCosts } = chooseAction(0.9, { gate: open, costs, beta: 1, uniform: 0 })
  close(expectedCosts.answer, 10, 1e-12)
  assert.equal(expectedCosts.defer, 6)
})

test('propensities follow exp(−β · cost), and draws follow the propensities', () => {
  const choice = chooseAction(0.9, { gate: open, costs, beta: 0.25, uniform: 0 })
  close(choice.propensities.answer, 1 / (1 + Math.exp(0.25 * 4)), 1e-12)
  close(choice.propensities.answer + choice.propensities.defer, 1, 1e-12)
  const uniform = createRandom(11).uniform
  const draws = 20_000
  let answered = 0
  for (let draw = 0; draw < draws; draw++) {
    const { action } = chooseAction(0.9, { gate: open, costs, beta: 0.25, uniform: uniform() })
    if (action === 'answer') answered++
  }
  const { answer } = choice.propensities
  assert.ok(Math.abs(answered / draws - answer) < 4 * Math.sqrt((answer * (1 - answer)) / draws))
})

test('greedy takes the cheaper, and says why', () => {
  const sure = chooseAction(0.99, { gate: open, costs, beta: greedy, uniform: 0.999 })
  assert.deepEqual(
    [sure.action, sure.reason, sure.propensities],
    ['answer', 'sure-enough', { answer: 1, defer: 0 }],
  )
  const unsure = chooseAction(0.9, { gate: open, costs, beta: greedy, uniform: 0 })
  assert.deepEqual(
    [unsure.action, unsure.reason, unsure.propensities],
    ['defer', 'expert-cheaper', { answer: 0, defer: 1 }],
  )
})

test('ties are split evenly, and so is everything at β = 0: drawn', () => {
  for (const beta of [0, 1, greedy]) {
    const equal = { error: 12, price: 3, waiting: 0 }
    for (const [uniform, action] of [
      [0.499, 'answer'],
      [0.5, 'defer'],
    ] as const) {
      const choice = chooseAction(0.75, {
        gate: { kind: 'open', threshold: 0.75 },
        costs: equal,
        beta,
        uniform,
      })
      assert.deepEqual(choice.propensities, { answer: 0.5, defer: 0.5 })
      assert.deepEqual([choice.action, choice.reason], [action, 'drawn'])
    }
  }
  assert.deepEqual(chooseAction(0.9, { gate: open, costs, beta: 0, uniform: 0 }).propensities, {
    answer: 0.5,
    defer: 0.5,
  })
})

test('the less likely action is drawn, either way', () => {
  assert.equal(chooseAction(0.9, { gate: open, costs, beta: 0.25, uniform: 0 }).reason, 'drawn')
  assert.equal(chooseAction(0.9, { gate: open, costs, beta: 0.25, uniform: 0.9 }).reason, 'expert-cheaper')
  assert.equal(chooseAction(0.99, { gate: open, costs, beta: 0.25, uniform: 0.99 }).reason, 'drawn')
  assert.equal(chooseAction(0.99, { gate: open, costs, beta: 0.25, uniform: 0 }).reason, 'sure-enough')
})

test('huge costs and β do not overflow; numbers that are none assert', () => {
  const huge = { error: 1e300, price: 1e299, waiting: 0 }
  const { propensities } = chooseAction(0.9, { gate: open, costs: huge, beta: 1e300, uniform: 0.5 })
  assert.equal(propensities.answer + propensities.defer, 1)
  for (const wrong of [
    { uniform: 1 },
    { beta: Number.NaN },
    { beta: -1 },
    { costs: { ...costs, waiting: Infinity } },
  ]) {
    assert.throws(() => chooseAction(0.9, { gate: open, costs, beta: 1, uniform: 0, ...wrong }))
  }
  assert.throws(() => chooseAction(Number.NaN, { gate: open, costs, beta: 1, uniform: 0 }))
})
