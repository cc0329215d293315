import assert from 'node:assert/strict'
import test from 'node:test'
import { type Action, binomialAtMost, candidateThresholds, chooseAction } from '@consort/agents'
import { createRandom } from '@consort/protocol'
import { type CalibrationRecords, fitThreshold } from './fit-threshold.ts'

/**
 * The promise over thousands of seeded calibration sets whose true risk is known: the gate may be looser than α allows
 * in at most δ of them. Two planted gates, of the kind that one writes without thinking, break it in the same test.
 */
const promise = { alpha: 0.1, delta: 0.1 }
const splits = 1000
const size = 800
/** Three standard deviations of a frequency of δ over the splits. */
const tolerance = 3 * Math.sqrt((promise.delta * (1 - promise.delta)) / splits)

/** P(wrong) by steps of the share of surer cases: `until` is the end of a step, the last one 1. */
type Population = readonly { readonly until: number; readonly wrong: number }[]

const populations = {
  'errors rise as confidence falls': Array.from({ length: 50 }, (_, index) => ({
    until: (index + 1) / 50,
    wrong: (0.4 * (index + 0.5)) / 50,
  })),
  'right, then a cliff': [
    { until: 0.3, wrong: 0.02 },
    { until: 1, wrong: 0.4 },
  ],
  'a little too bad everywhere': [{ until: 1, wrong: 0.102 }],
  'the surest are often wrong': [
    { until: 0.1, wrong: 0.3 },
    { until: 0.6, wrong: 0.02 },
    { until: 1, wrong: 0.3 },
  ],
  'a bump in the middle': [
    { until: 0.2, wrong: 0.02 },
    { until: 0.4, wrong: 0.25 },
    { until: 1, wrong: 0.02 },
  ],
} satisfies Record<string, Population>

const confidenceOf = (rank: number): number => 1 - rank / 2
const rankOf = (confidence: number): number => 2 * (1 - confidence)

/** P(wrong | among the `share` surest cases). */
function riskAt(population: Population, share: number): number {
  let [errors, from] = [0, 0]
  for (const { until, wrong } of population) {
    errors += wrong * Math.max(0, Math.min(until, share) - from)
    from = until
  }
  return errors / share
}

function drawRecords(population: Population, uniform: () => number): CalibrationRecords {
  const ranks = Array.from({ length: size }, uniform)
  const isWrong = ranks.map(rank => uniform() < population.find(({ until }) => rank < until)!.wrong)
  return { confidences: ranks.map(confidenceOf), isWrong }
}

/** A way to a threshold; null where the gate stays closed. */
type Fit = (records: CalibrationRecords, uniform: () => number) => number | null

function thresholdOf(records: CalibrationRecords, thresholds: readonly number[]): number | null {
  const gate = fitThreshold(records, { thresholds, ...promise })
  return gate.kind === 'open' ? gate.threshold : null
}

const grid = Array.from({ length: 46 }, (_, index) => confidenceOf(0.1 + index / 50))
const ways = {
  'a grid of round numbers': records => thresholdOf(records, grid),
  'quantiles of other records': (records, uniform) => {
    const others = Array.from({ length: 300 }, () => confidenceOf(uniform()))
    return thresholdOf(records, candidateThresholds(others, { records: size, ...promise }))
  },
} satisfies Record<string, Fit>

function outcomes(population: Population, fit: Fit) {
  let [broken, open, answered] = [0, 0, 0]
  for (let seed = 1; seed <= splits; seed++) {
    const uniform = createRandom(seed).uniform
    const threshold = fit(drawRecords(population, uniform), uniform)
    if (threshold === null) continue
    const share = rankOf(threshold)
    open++
    answered += share
    if (riskAt(population, share) > promise.alpha + 1e-12) broken++
  }
  return { broken: broken / splits, open: open / splits, share: answered / splits }
}

for (const [what, population] of Object.entries(populations)) {
  for (const [way, fit] of Object.entries(ways)) {
    test(`the promise holds: ${what}, ${way}`, t => {
      const { broken, open, share } = outcomes(population, fit)
      t.diagnostic(`broken ${broken}, open ${open}, mean share ${share.toFixed(3)}`)
      assert.ok(broken <= promise.delta + tolerance, `broken in ${broken} of the splits`)
    })
  }
}

test('quantiles of the same records keep it too where risk does not fall as the threshold does', t => {
  const own: Fit = records =>
    thresholdOf(records, candidateThresholds(records.confidences, { records: size, ...promise }))
  for (const what of [
    'errors rise as confidence falls',
    'right, then a cliff',
    'a little too bad everywhere',
  ] as const) {
    const { broken } = outcomes(populations[what], own)
    t.diagnostic(`${what}: broken ${broken}`)
    assert.ok(broken <= promise.delta + tolerance, `broken in ${broken} of the splits`)
  }
})

test('the promise is used up, not kept by never opening', () => {
  const fit = ways['a grid of round numbers']
  const flat = outcomes(populations['a little too bad everywhere'], fit)
  assert.ok(flat.broken > 0.02, `broken in ${flat.broken} of the splits`)
  const rising = outcomes(populations['errors rise as confidence falls'], fit)
  assert.ok(rising.open > 0.95 && rising.share > 0.3, `${rising.open} open, ${rising.share} answered`)
})

const counted = ({ confidences, isWrong }: CalibrationRecords, threshold: number) => {
  const sure = Array.from(isWrong).filter((_, index) => confidences[index]! >= threshold)
  return { n: sure.length, wrong: sure.filter(Boolean).length }
}
const planted = {
  'the share of errors seen is at most α': records =>
    grid.findLast(threshold => {
      const { n, wrong } = counted(records, threshold)
      return n > 0 && wrong / n <= promise.alpha
    }) ?? null,
  'any threshold that passes, after failures too': records =>
    grid.findLast(threshold => {
      const { n, wrong } = counted(records, threshold)
      return binomialAtMost(wrong, { n, p: promise.alpha }) <= promise.delta
    }) ?? null,
} satisfies Record<string, Fit>

for (const [what, fit] of Object.entries(planted)) {
  test(`a planted gate breaks it: ${what}`, t => {
    const { broken } = outcomes(populations['a little too bad everywhere'], fit)
    t.diagnostic(`broken ${broken}`)
    assert.ok(broken > promise.delta + tolerance, `broken in only ${broken} of the splits`)
  })
}

/**
 * Half of the cases are dear to get wrong and easy, half cheap and hard, at one confidence: only the cheap are
 * answered.
 */
test('where costs choose among what the gate allows, it must be fitted on what they would have answered', t => {
  const kinds = { cheap: { error: 1, wrong: 0.15 }, dear: { error: 1000, wrong: 0.01 } }
  const actionOf = (error: number, uniform: number): Action =>
    chooseAction(0.92, {
      gate: { kind: 'open', threshold: 0.9 },
      costs: { error, price: 5, waiting: 0 },
      beta: Number.POSITIVE_INFINITY,
      uniform,
    }).action
  const broken = { all: 0, answered: 0 }
  for (let seed = 1; seed <= splits; seed++) {
    const uniform = createRandom(seed).uniform
    const cases = Array.from({ length: size }, () => {
      const { error, wrong } = uniform() < 0.5 ? kinds.cheap : kinds.dear
      return { isWrong: uniform() < wrong, action: actionOf(error, uniform()) }
    })
    for (const which of ['all', 'answered'] as const) {
      const kept = which === 'all' ? cases : cases.filter(({ action }) => action === 'answer')
      const confidences = kept.map(() => 0.92)
      const isWrong = kept.map(one => one.isWrong)
      // An open gate answers the cheap half, which is wrong in 15 % of the cases.
      if (thresholdOf({ confidences, isWrong }, [0.9]) !== null) broken[which]++
    }
  }
  t.diagnostic(
    `broken ${broken.all / splits} fitted on all, ${broken.answered / splits} on what was answered`,
  )
  assert.ok(broken.all / splits > 0.5)
  assert.ok(broken.answered / splits <= promise.delta + tolerance)
})
