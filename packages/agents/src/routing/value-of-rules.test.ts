import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '@consort/protocol'
import { inversePropensityValue } from './logged-value.ts'
import { type DecidedAction, settledLog, type ValuedCase } from './settled-log.ts'
import { verdictOf } from './value-of-rules.ts'

const costs = { error: 10, price: 1, waiting: 0.5 }
const day = 86_400_000
const start = Date.parse('2026-01-01T00:00:00.000Z')
const timeOf = (at: number): string => new Date(start + at * day).toISOString()

/** Asked on day `number`; a spot check's label, if any, comes `delay` days later. */
function decidedCase(
  number: number,
  what: { action: 'answer' | 'defer'; audit?: { isWrong: boolean; delay: number }; propensity?: number },
): DecidedAction {
  const { action, audit, propensity = 0.25 } = what
  const label = audit && { class: audit.isWrong ? 'well' : 'ill', at: timeOf(number + audit.delay) }
  return {
    asked: timeOf(number),
    state: label ? { kind: 'closed', final: label } : { kind: 'waiting' },
    decision: {
      action,
      class: 'ill',
      confidence: 0.9,
      threshold: 0.5,
      propensities: { answer: 0.8, defer: 0.2 },
      audit: { isAudited: audit !== undefined, propensity, propensityLeast: 0.05 },
    },
  }
}

const costsOf = (log: readonly ValuedCase[]) => log.map(({ cost }) => cost)
const at = (number: number) => new Date(start + number * day)

test('a deferral costs what a person costs, an answer what its audit says; the first audit that waits ends the log', () => {
  const decided = [
    decidedCase(0, { action: 'defer' }),
    decidedCase(1, { action: 'answer' }),
    decidedCase(2, { action: 'answer', audit: { isWrong: false, delay: 1 } }),
    decidedCase(3, { action: 'answer', audit: { isWrong: true, delay: 1 } }),
    {
      ...decidedCase(4, { action: 'answer', audit: { isWrong: false, delay: 1 } }),
      state: { kind: 'waiting' },
    },
    decidedCase(5, { action: 'defer' }),
    decidedCase(6, { action: 'answer', audit: { isWrong: false, delay: 0 } }),
  ] as const
  assert.deepEqual(costsOf(settledLog(decided, { costs, days: 30, now: at(7) })), [1.5, null, 0, 10])
  const overdue = settledLog(decided, { costs, days: 30, now: at(40) })
  assert.deepEqual(costsOf(overdue), [1.5, null, 0, 10, 10, 1.5, 0], 'what is overdue counts as wrong')
  assert.deepEqual(
    overdue.map(({ lookPropensity }) => lookPropensity),
    [1, 0.25, 0.25, 0.25, 0.25, 1, 0.25],
  )
  const late = [decidedCase(0, { action: 'answer', audit: { isWrong: false, delay: 31 } })]
  assert.deepEqual(costsOf(settledLog(late, { costs, days: 30, now: at(40) })), [10], 'too late is overdue')
})

test('labels of wrong answers that come later than others do not make the agent look better', t => {
  const [cases, rounds, risk] = [1000, 200, 0.3]
  const truth = 0.8 * risk * costs.error + 0.2 * 1.5
  const both = Array.from({ length: rounds }, (_, seed) => {
    const { uniform } = createRandom(seed + 1)
    const decided = Array.from({ length: cases }, (_, number) => {
      if (uniform() >= 0.8) return decidedCase(number, { action: 'defer' })
      const isWrong = uniform() < risk
      if (uniform() >= 0.25) return decidedCase(number, { action: 'answer' })
      return decidedCase(number, { action: 'answer', audit: { isWrong, delay: isWrong ? 400 : 10 } })
    })
    const now = at(cases)
    const waiting = decided.map(one =>
      one.state.kind === 'closed' && Date.parse(one.state.final.at) > now.getTime()
        ? { ...one, state: { kind: 'waiting' } as const }
        : one,
    )
    const policy = ({ propensities }: ValuedCase) => propensities
    const log = settledLog(waiting, { costs, days: 500, now })
    const hasCome = waiting.filter(one => one.state.kind === 'closed' || !one.decision.audit.isAudited)
    const eager = settledLog(hasCome, { costs, days: 500, now })
    return [log, eager].map(one => inversePropensityValue(one, policy).cost) as [number, number]
  })
  const mean = (index: 0 | 1) => both.reduce((sum, pair) => sum + pair[index], 0) / rounds
  t.diagnostic(`true ${truth}, up to the cut ${mean(0)}, whatever has come ${mean(1)}`)
  assert.ok(Math.abs(mean(0) - truth) < 0.05 * truth)
  assert.ok(mean(1) < 0.85 * truth)
})

test('a difference is clear from two standard errors on, as if one more answer had been wrong', () => {
  const verdict = (cost: number, standardError: number | null, effectiveCases = 100, changed = 0.5) =>
    verdictOf({ doublyRobust: { cost, standardError }, effectiveCases }, { changed, error: 10 })
  assert.equal(verdict(1, 0.2), 'dearer')
  assert.equal(verdict(-1, 0.2), 'cheaper')
  assert.equal(verdict(0.4, 0.2), 'unclear')
  assert.equal(verdict(0.09, 0), 'unclear', 'one error in a hundred would make up for it')
  assert.equal(verdict(-5, 0.1, 29), 'too-few')
  assert.equal(verdict(-5, null), 'too-few')
  assert.equal(verdict(0, 0, 0, 0), 'same')
})
