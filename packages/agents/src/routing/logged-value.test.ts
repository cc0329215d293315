import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom, isRefusal } from '@consort/protocol'
import { close } from '../testing/close.ts'
import {
  differenceOf,
  doublyRobustValue,
  inversePropensityValue,
  type LoggedAction,
  type PolicyValue,
} from './logged-value.ts'

interface Drawn extends LoggedAction {
  readonly x: number
  readonly cost: number
}

/** Unsure cases (x near 0) are logged as deferred more often; answering them is dear. */
function drawLog(count: number, uniform: () => number): Drawn[] {
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

const isNear = ({ cost, standardError }: PolicyValue, expected: number): boolean =>
  Math.abs(cost - expected) < 4 * standardError

test('the value of another policy is found in the log; the mean of what was done misses it', t => {
  const log = drawLog(40_000, createRandom(3).uniform)
  const plain = inversePropensityValue(log, always)
  const robust = doublyRobustValue(log, always, ({ x }, action) => (action === 'defer' ? 5 : 12 * (1 - x)))
  const crude = doublyRobustValue(log, always, () => 3)
  const naive = log.filter(({ action }) => action === 'answer')
  const mean = naive.reduce((sum, { cost }) => sum + cost, 0) / naive.length
  t.diagnostic(
    `true ${truth}, inverse propensities ${plain.cost} ± ${plain.standardError}, doubly robust ${robust.cost} ± ${robust.standardError}, naive ${mean}`,
  )
  for (const value of [plain, robust, crude]) assert.ok(isNear(value, truth), JSON.stringify(value))
  assert.ok(robust.standardError < plain.standardError)
  assert.ok(Math.abs(mean - truth) > 1, 'the naive mean judges the answered cases only')
  assert.ok(plain.effectiveCases < 0.5 * plain.cases)
})

test('the logged policy itself is worth what it cost, exactly', () => {
  const log = drawLog(500, createRandom(8).uniform)
  const same = inversePropensityValue(log, ({ propensities }) => propensities)
  close(same.cost, log.reduce((sum, { cost }) => sum + cost, 0) / 500, 1e-12)
  close(same.effectiveCases, 500, 1e-9)
})

const isInvalid = (error: unknown) => isRefusal(error, 'input-invalid')

test('outside the support nothing is said', () => {
  const log = [{ action: 'defer', cost: 5, propensities: { answer: 0, defer: 1 } }]
  assert.throws(() => inversePropensityValue(log, always), isInvalid)
  assert.throws(() => doublyRobustValue(log, always, () => 0), isInvalid)
  assert.equal(inversePropensityValue(log, () => ({ answer: 0, defer: 1 })).cost, 5)
  assert.throws(() => inversePropensityValue([], always), isInvalid)
})

const deferral = 5
const errorCost = 40

type Audited = LoggedAction & { readonly x: number }

/**
 * As `drawLog`, but a deferral's cost is certain, and what an answer cost is looked at with a probability that depends
 * on x: the audits of unsure answers are the more frequent ones.
 */
function drawAudited(count: number, uniform: () => number): Audited[] {
  const certainCosts = { defer: deferral }
  return drawLog(count, uniform).map(({ x, action, cost, propensities }) => {
    if (action === 'defer') return { x, action, cost, propensities, certainCosts }
    const lookPropensity = 0.05 + 0.3 * (1 - x)
    const isLookedAt = uniform() < lookPropensity
    return { x, action, propensities, certainCosts, lookPropensity, cost: isLookedAt ? cost : null }
  })
}

/** Answers from x = 0.5 on, with probability 0.9. */
const bold = ({ x }: { x: number }) => ({ answer: x < 0.5 ? 0 : 0.9, defer: x < 0.5 ? 1 : 0.1 })
/** What it costs: 0.55 · 5 + 0.9 · ∫ 40 · 0.3 · (1 − x) dx from 0.5 to 1. */
const boldTruth = 0.55 * deferral + 0.9 * 40 * 0.3 * 0.125
/** Slightly wrong, as calibrated confidences are. */
const predict = ({ x }: { x: number }) => errorCost * (0.25 * (1 - x) + 0.02)

test('answers that nobody looked at are stood for by those that somebody did', t => {
  const rounds = 400
  const plain: number[] = []
  const robust: number[] = []
  for (let seed = 1; seed <= rounds; seed++) {
    const log = drawAudited(400, createRandom(seed).uniform)
    plain.push(inversePropensityValue(log, bold).cost)
    robust.push(doublyRobustValue(log, bold, predict).cost)
  }
  const [byWeights, byBoth] = [spreadOf(plain), spreadOf(robust)]
  t.diagnostic(`true ${boldTruth}, ${JSON.stringify(byWeights)}, doubly robust ${JSON.stringify(byBoth)}`)
  for (const { mean, deviation } of [byWeights, byBoth]) {
    assert.ok(Math.abs(mean - boldTruth) < (4 * deviation) / Math.sqrt(rounds), `${mean}, not ${boldTruth}`)
  }
  assert.ok(byBoth.deviation < byWeights.deviation)
})

test('the standard error is how far off the estimates are', () => {
  const rounds = 300
  const ways: ((log: readonly Audited[]) => PolicyValue)[] = [
    log => inversePropensityValue(log, bold),
    log => doublyRobustValue(log, bold, predict),
  ]
  const estimates = ways.map(estimate => {
    const values = Array.from({ length: rounds }, (_, seed) =>
      estimate(drawAudited(600, createRandom(1000 + seed).uniform)),
    )
    return {
      seen: spreadOf(values.map(({ cost }) => cost)).deviation,
      said: spreadOf(values.map(({ standardError }) => standardError)).mean,
    }
  })
  for (const { seen, said } of estimates) close(said, seen, 0.15)
})

test('a wrong propensity shows, of the action as of the look at its cost', () => {
  const log = drawAudited(40_000, createRandom(5).uniform)
  assert.ok(isNear(inversePropensityValue(log, bold), boldTruth))
  const planted: Record<string, Audited[]> = {
    action: log.map(one => ({
      ...one,
      propensities: { answer: one.propensities.answer! / 2, defer: 1 - one.propensities.answer! / 2 },
    })),
    look: log.map(one => ({ ...one, lookPropensity: 0.05 })),
  }
  for (const [what, wrong] of Object.entries(planted)) {
    assert.ok(!isNear(inversePropensityValue(wrong, bold), boldTruth), what)
    assert.ok(
      !isNear(
        doublyRobustValue(wrong, bold, () => 0),
        boldTruth,
      ),
      what,
    )
  }
})

test('a policy that takes an action whose cost is certain needs no log of it; of any other it does', () => {
  const certainCosts = { defer: deferral }
  const log = [0, errorCost].map(
    (cost): LoggedAction => ({
      action: 'answer',
      cost,
      propensities: { answer: 1, defer: 0 },
      certainCosts,
    }),
  )
  const never = () => ({ answer: 0, defer: 1 })
  const half = () => ({ answer: 0.5, defer: 0.5 })
  assert.deepEqual(inversePropensityValue(log, never), {
    cost: deferral,
    standardError: 0,
    cases: 2,
    effectiveCases: 0,
  })
  close(inversePropensityValue(log, half).cost, 0.5 * deferral + 0.25 * errorCost, 1e-12)
  close(doublyRobustValue(log, half, () => 3).cost, 0.5 * deferral + 0.25 * errorCost, 1e-12)
  const deferred = [{ action: 'defer', cost: deferral, propensities: { answer: 0, defer: 1 }, certainCosts }]
  assert.throws(() => inversePropensityValue([...log, ...deferred], half), /in 1 of 3 cases/)
  assert.equal(inversePropensityValue(deferred, never).cost, deferral)
})

test('a difference is that of the values, and its error that of pairs', () => {
  const log = drawAudited(2000, createRandom(12).uniform)
  const cautious = ({ x }: { x: number }) => ({ answer: x < 0.6 ? 0 : 0.9, defer: x < 0.6 ? 1 : 0.1 })
  const values = [bold, cautious, differenceOf<Audited>(bold, cautious)] as const
  for (const estimate of [
    (policy: (typeof values)[number]) => inversePropensityValue(log, policy),
    (policy: (typeof values)[number]) => doublyRobustValue(log, policy, predict),
  ]) {
    const [to, from, difference] = values.map(estimate) as [PolicyValue, PolicyValue, PolicyValue]
    close(difference.cost, to.cost - from.cost, 1e-9)
    assert.ok(difference.standardError < 0.6 * Math.hypot(to.standardError, from.standardError))
  }
  const same = inversePropensityValue(log, differenceOf<Audited>(bold, bold))
  assert.deepEqual([same.cost, same.standardError, same.effectiveCases], [0, 0, 0])
})

function spreadOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) }
}
