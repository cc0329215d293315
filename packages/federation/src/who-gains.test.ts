import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom, isRefusal } from '@consort/protocol'
import { type HeldOutResults, type Recommendation, recommendationTexts, whoGains } from './who-gains.ts'

type Accuracies = Record<keyof HeldOutResults, number>

/** Models of these accuracies that tend to fail on the same records: half of the time one number decides for all. */
function drawResults({ own, shared, fineTuned }: Accuracies, records: number, seed: number): HeldOutResults {
  const uniform = createRandom(seed).uniform
  const rows = Array.from({ length: records }, () => {
    const [together, hardness] = [uniform() < 0.5, uniform()]
    const isRight = (accuracy: number): boolean => (together ? hardness : uniform()) < accuracy
    return { own: isRight(own), shared: isRight(shared), fineTuned: isRight(fineTuned) }
  })
  return {
    own: rows.map(row => row.own),
    shared: rows.map(row => row.shared),
    fineTuned: rows.map(row => row.fineTuned),
  }
}

const seeds = 1000
/** How often each recommendation is made, as a share of the seeds. */
function frequencies(
  accuracies: Accuracies,
  records: number,
  recommend = (results: HeldOutResults) => whoGains(results).recommendation,
) {
  const counts = { join: 0, personalise: 0, 'stay-out': 0, 'no-clear-difference': 0 }
  for (let seed = 1; seed <= seeds; seed++) counts[recommend(drawResults(accuracies, records, seed))]++
  for (const recommendation of Object.keys(counts) as Recommendation[]) counts[recommendation] /= seeds
  return counts
}

/** Three standard deviations of a frequency of 5 %. */
const tolerance = 3 * Math.sqrt((0.05 * 0.95) / seeds)

test('models that are alike are called different in 5 % of the data sets or fewer, whatever their accuracy', t => {
  for (const [accuracy, records] of [
    [0.8, 500],
    [0.95, 200],
    [0.6, 50],
    [0.99, 300],
  ] as const) {
    const alike = { own: accuracy, shared: accuracy, fineTuned: accuracy }
    const found = frequencies(alike, records)
    const alarms = 1 - found['no-clear-difference']
    t.diagnostic(`${accuracy} on ${records}: ${alarms.toFixed(3)} ${JSON.stringify(found)}`)
    assert.ok(alarms <= 0.05 + tolerance, `${alarms} at ${accuracy} on ${records}`)
  }
})

test('the level is used: intervals with own leave out 0 in 2 % of the data sets or more', t => {
  let clear = 0
  for (let seed = 1; seed <= seeds; seed++) {
    const { difference } = whoGains(drawResults({ own: 0.8, shared: 0.8, fineTuned: 0.8 }, 500, seed))
    const isClear = [difference.sharedOverOwn, difference.fineTunedOverOwn].some(
      ({ low, high }) => low > 0 || high < 0,
    )
    if (isClear) clear++
  }
  t.diagnostic(`${clear / seeds}`)
  assert.ok(clear / seeds > 0.02 && clear / seeds <= 0.05 + tolerance)
})

test('a planted rule, the best figure wins, gives false alarms in the same test', () => {
  const best = ({ own, shared, fineTuned }: HeldOutResults): Recommendation => {
    const [a, b, c] = [own, shared, fineTuned].map(isRight => isRight.filter(Boolean).length) as [
      number,
      number,
      number,
    ]
    if (a === b && b === c) return 'no-clear-difference'
    if (a >= Math.max(b, c)) return 'stay-out'
    return b >= c ? 'join' : 'personalise'
  }
  const found = frequencies({ own: 0.8, shared: 0.8, fineTuned: 0.8 }, 500, best)
  assert.ok(1 - found['no-clear-difference'] > 0.05 + tolerance)
})

test('large differences get the right recommendation', t => {
  const cases: [Accuracies, Recommendation][] = [
    [{ own: 0.75, shared: 0.85, fineTuned: 0.85 }, 'join'],
    [{ own: 0.75, shared: 0.85, fineTuned: 0.75 }, 'join'],
    [{ own: 0.75, shared: 0.82, fineTuned: 0.9 }, 'personalise'],
    [{ own: 0.75, shared: 0.65, fineTuned: 0.85 }, 'personalise'],
    [{ own: 0.75, shared: 0.75, fineTuned: 0.85 }, 'personalise'],
    [{ own: 0.85, shared: 0.75, fineTuned: 0.85 }, 'stay-out'],
    [{ own: 0.85, shared: 0.75, fineTuned: 0.75 }, 'stay-out'],
  ]
  for (const [accuracies, expected] of cases) {
    const found = frequencies(accuracies, 2000)
    t.diagnostic(`${JSON.stringify(accuracies)}: ${expected} ${found[expected].toFixed(3)}`)
    assert.ok(found[expected] >= 0.95 - tolerance, `${JSON.stringify(accuracies)}: ${JSON.stringify(found)}`)
  }
})

test('fine-tuning that adds nothing is not recommended more often than the level allows', t => {
  const found = frequencies({ own: 0.75, shared: 0.85, fineTuned: 0.85 }, 1000)
  t.diagnostic(JSON.stringify(found))
  assert.ok(found.personalise <= 0.05 + tolerance)
})

test('figures are shares and their differences, and records on which models agree do not narrow to nothing', () => {
  const own = [true, true, false, false]
  const { records, accuracy, difference } = whoGains({
    own,
    shared: own,
    fineTuned: [true, true, true, false],
  })
  assert.equal(records, 4)
  assert.deepEqual([accuracy.own.value, accuracy.shared.value, accuracy.fineTuned.value], [0.5, 0.5, 0.75])
  assert.deepEqual(
    [difference.sharedOverOwn.value, difference.fineTunedOverOwn.value, difference.fineTunedOverShared.value],
    [0, 0.25, 0.25],
  )
  assert.ok(difference.sharedOverOwn.low < -0.3 && difference.sharedOverOwn.high > 0.3)
})

test('no records are refused, arrays of different lengths assert', () => {
  assert.throws(
    () => whoGains({ own: [], shared: [], fineTuned: [] }),
    (error: unknown) => isRefusal(error, 'input-invalid'),
  )
  assert.throws(
    () => whoGains({ own: [true], shared: [true, true], fineTuned: [true] }),
    assert.AssertionError,
  )
})

test('every recommendation has words in both languages', () => {
  for (const { en, zh } of Object.values(recommendationTexts)) {
    assert.match(en, /^[A-Z].*\.$/)
    assert.match(zh, /\p{Script=Han}.*。$/u)
  }
})
