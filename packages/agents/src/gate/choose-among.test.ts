import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '@consort/protocol'
import { close } from '../testing/close.ts'
import { answerPropensity } from './answer-propensity.ts'
import { chooseAction } from './choose-action.ts'
import { type ConsultOption, chooseAmong, mayPassOn } from './choose-among.ts'
import { betaOf } from './exploration.ts'

const open = { kind: 'open', threshold: 0.8 } as const
const costs = { error: 100, price: 5, waiting: 1 }
const east: ConsultOption = {
  ...{
    partner: 'east',
    gate: { kind: 'open', threshold: 0.7 },
    passes: 0.8,
    risk: 0.01,
    price: 1,
    waiting: 0.5,
  },
}
const shut: ConsultOption = { ...east, partner: 'shut', gate: { kind: 'closed' } }

test('without anyone to consult it is chooseAction, draw for draw', () => {
  const uniform = createRandom(1).uniform
  for (let trial = 0; trial < 3000; trial++) {
    const beta = [0, 0.3, 2, Number.POSITIVE_INFINITY][trial % 4]!
    const gate = trial % 5 === 0 ? ({ kind: 'closed' } as const) : open
    const [confidence, draw] = [uniform(), uniform()]
    const one = chooseAction(confidence, { gate, costs, beta, uniform: draw })
    const other = chooseAmong(confidence, { gate, costs, beta, uniform: draw, consults: [] })
    assert.deepEqual(
      [other.chosen.action, other.reason, other.propensities.answer, other.propensities.defer],
      [one.action, one.reason, one.propensities.answer, one.propensities.defer],
    )
  }
})

test('a consultation costs its price, its errors, and a person where its own gate does not let it through', () => {
  const choice = chooseAmong(0.5, { gate: open, costs, beta: 1, consults: [east, shut], uniform: 0 })
  close(choice.expectedCosts.consult.east!, 1.5 + 0.8 * 0.01 * 100 + 0.2 * 6, 1e-12)
  assert.deepEqual([choice.propensities.answer, choice.propensities.consult.shut], [0, 0])
  const { east: asked } = choice.propensities.consult
  close(asked! / choice.propensities.defer, Math.exp(6 - 3.5), 1e-12)
  close(asked! + choice.propensities.defer, 1, 1e-12)
})

test('what neither gate allows happens never, whatever β and draw; draws follow the propensities', () => {
  const uniform = createRandom(4).uniform
  let consulted = 0
  const draws = 20_000
  for (let draw = 0; draw < draws; draw++) {
    const choice = chooseAmong(0.79, {
      gate: open,
      costs,
      beta: 0.2,
      consults: [shut, east],
      uniform: uniform(),
    })
    assert.notEqual(choice.chosen.action, 'answer')
    if (choice.chosen.action !== 'consult') continue
    assert.equal(choice.chosen.partner, 'east')
    consulted++
  }
  const share = 1 / (1 + Math.exp(-0.2 * 2.5))
  assert.ok(Math.abs(consulted / draws - share) < 4 * Math.sqrt((share * (1 - share)) / draws))
})

test('it says why', () => {
  const greedy = { gate: open, costs, beta: Number.POSITIVE_INFINITY, consults: [east], uniform: 0.5 }
  assert.equal(chooseAmong(0.5, greedy).reason, 'consult-cheaper')
  assert.equal(chooseAmong(0.999, greedy).reason, 'sure-enough')
  assert.equal(chooseAmong(0.5, { ...greedy, consults: [shut] }).reason, 'below-threshold')
  assert.equal(chooseAmong(0.5, { ...greedy, consults: [], gate: { kind: 'closed' } }).reason, 'gate-closed')
  assert.equal(chooseAmong(0.9, { ...greedy, consults: [] }).reason, 'expert-cheaper')
  assert.equal(chooseAmong(0.5, { ...greedy, beta: 0, uniform: 0.1 }).reason, 'drawn')
})

test('a consulted answer passes only its own gate', () => {
  assert.equal(mayPassOn({ confidence: 0.7 }, east.gate), true)
  assert.equal(mayPassOn({ confidence: 0.69 }, east.gate), false)
  assert.equal(mayPassOn({ confidence: Number.NaN }, east.gate), false)
  assert.equal(mayPassOn({ confidence: 1 }, shut.gate), false)
})

test('the probability to answer is the one that the choice draws with', () => {
  for (const beta of [0, 0.5, Number.POSITIVE_INFINITY]) {
    const options = { costs, beta, consults: [east] }
    const choice = chooseAmong(0.93, { gate: open, ...options, uniform: 0 })
    assert.equal(answerPropensity(0.93, options), choice.propensities.answer)
  }
})

test('β grows with cases, and is without end where exploration is forbidden', () => {
  const rule = { betaStart: 0.2, casesToDouble: 100, forbiddenFor: ['paediatric'] }
  close(betaOf(rule, { cases: 0, caseClass: 'adult' }), 0.2, 1e-12)
  close(betaOf(rule, { cases: 100, caseClass: 'adult' }), 0.4, 1e-12)
  const beta = betaOf(rule, { cases: 0, caseClass: 'paediatric' })
  assert.equal(beta, Number.POSITIVE_INFINITY)
  const { propensities } = chooseAmong(0.9, { gate: open, costs, beta, consults: [east], uniform: 0.9 })
  assert.deepEqual([propensities.answer, propensities.consult.east, propensities.defer], [0, 1, 0])
})
