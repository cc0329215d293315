import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '@consort/protocol'
import { close } from '../testing/close.ts'
import { type ErrorWatch, idleAfter, startErrorWatch, watchAnswer } from './error-watch.ts'
import { startExchangeabilityWatch, watchCase } from './exchangeability-watch.ts'

const plain = { propensity: 0.1, propensityLeast: 0.1 }

/** What the watch's 1 has become, what lies idle included. */
const wealthOf = ({ wealth, labels }: ErrorWatch): number =>
  wealth.reduce((sum, one) => sum + one, 0) / wealth.length + idleAfter(labels)

test('while answers are wrong with α, its wealth is expected to stay 1: over all sequences of eight labels', () => {
  const alpha = 0.2
  const expected = (watch: ErrorWatch, left: number): number =>
    left === 0
      ? wealthOf(watch)
      : alpha * expected(watchAnswer(watch, { isWrong: true, ...plain }), left - 1) +
        (1 - alpha) * expected(watchAnswer(watch, { isWrong: false, ...plain }), left - 1)
  close(expected(startErrorWatch({ alpha, delta: 0.01 }), 8), 1, 1e-12)
})

test('spot checks that are drawn with different probabilities count by how seldom they are drawn', () => {
  // Half of the answers are wrong with 0.3 and drawn with 0.2, half with 0.1 and always: together they are wrong with α.
  const alpha = 0.2
  const possible = [
    { chance: 0.5 * 0.2 * 0.3, isWrong: true, propensity: 0.2 },
    { chance: 0.5 * 0.2 * 0.7, isWrong: false, propensity: 0.2 },
    { chance: 0.5 * 0.1, isWrong: true, propensity: 1 },
    { chance: 0.5 * 0.9, isWrong: false, propensity: 1 },
  ]
  const unlabelled = 1 - possible.reduce((sum, { chance }) => sum + chance, 0)
  const expected = (watch: ErrorWatch, left: number): number =>
    left === 0
      ? wealthOf(watch)
      : possible.reduce(
          (sum, { chance, isWrong, propensity }) =>
            sum +
            chance * expected(watchAnswer(watch, { isWrong, propensity, propensityLeast: 0.2 }), left - 1),
          unlabelled * expected(watch, left - 1),
        )
  close(expected(startErrorWatch({ alpha, delta: 0.01 }), 4), 1, 1e-12)
})

test('it fires when its wealth has reached 1/δ, and not before', () => {
  const delta = 0.05
  let watch = startErrorWatch({ alpha: 0.4, delta })
  const seen: number[] = []
  while (!watch.hasFired) {
    watch = watchAnswer(watch, { isWrong: true, ...plain })
    seen.push(wealthOf(watch))
  }
  assert.ok(seen.at(-1)! >= 1 / delta)
  assert.ok(seen.slice(0, -1).every(wealth => wealth < 1 / delta))
  assert.ok(seen.at(-2)! > 1 / (2 * delta), 'it came close without firing')
})

/** After how many labels it fires, if it does within `labels`; the risk is `before` for 500 of them, then `after`. */
function firesAt(seed: number, { before, after, labels }: { before: number; after: number; labels: number }) {
  const uniform = createRandom(seed).uniform
  let watch = startErrorWatch({ alpha: 0.02, delta: 0.05 })
  for (let label = 1; label <= labels; label++) {
    watch = watchAnswer(watch, { isWrong: uniform() < (label <= 500 ? before : after), ...plain })
    if (watch.hasFired) return label
  }
  return undefined
}

test('it is quiet while the promise holds, and fires after a drift of three points, in time but not at once', t => {
  const seeds = Array.from({ length: 200 }, (_, index) => index + 1)
  const falsely = seeds.filter(
    seed => firesAt(seed, { before: 0.02, after: 0.02, labels: 2500 }) !== undefined,
  )
  assert.ok(
    falsely.length <= 200 * (0.05 + 3 * Math.sqrt((0.05 * 0.95) / 200)),
    `${falsely.length} false alarms`,
  )
  const delays = seeds
    .map(seed => firesAt(seed, { before: 0.01, after: 0.04, labels: 2500 }))
    .map(label => (label === undefined ? Number.POSITIVE_INFINITY : label - 500))
    .sort((a, b) => a - b)
  t.diagnostic(
    `false alarms ${falsely.length} of 200; fired after ${delays[100]} labels in the median, ${delays[180]} in 9 of 10`,
  )
  assert.ok(delays[180]! < 2000 && delays[100]! > 20)
})

test('p-values of cases without labels: quiet while they are alike, fired when they change', t => {
  const firedAt = (seed: number, moved: number): number | undefined => {
    const uniform = createRandom(seed).uniform
    let watch = startExchangeabilityWatch(0.01)
    for (let index = 1; index <= 1200; index++) {
      const score = uniform() ** (index <= 400 ? 1 : moved)
      watch = watchCase(watch, { score: Math.round(50 * score) / 50, uniform: uniform() })
      if (watch.hasFired) return index
    }
    return undefined
  }
  const seeds = Array.from({ length: 60 }, (_, index) => index + 1)
  const falsely = seeds.filter(seed => firedAt(seed, 1) !== undefined).length
  const late = seeds.map(seed => firedAt(seed, 2) ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b)
  t.diagnostic(`false alarms ${falsely} of 60; fired ${late[30]! - 400} cases after the change in the median`)
  assert.ok(falsely <= 3, `${falsely}`)
  assert.ok(late[50]! < 1200 && late[0]! > 400)
})

test('ties share their places evenly: among equal scores the draws decide, not the order', () => {
  const wealthAfter = (uniform: () => number): number => {
    let watch = startExchangeabilityWatch(0.01)
    for (let index = 0; index < 200; index++) watch = watchCase(watch, { score: 1, uniform: uniform() })
    return watch.wealth[0] + watch.wealth[1] + watch.wealth[2]
  }
  assert.ok(wealthAfter(createRandom(3).uniform) < 10)
  assert.ok(wealthAfter(() => 0.01) > 1e6, 'draws that are not even are found out')
})
