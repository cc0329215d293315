import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '@consort/protocol'
import { hearChoice, posteriorOf, startBelief } from './belief.ts'
import { type Expertise, fitConfusions, type PastChoices } from './expertise.ts'
import { fitTrust } from './trust.ts'

const classes = 2

/**
 * A model that sees the class in 95 % and ten people who do in 80 %; but the share `misleading` of cases looks like the
 * other class to all of them. The model's probabilities are calibrated over all cases.
 */
function drawCases(count: number, misleading: number, seed: number) {
  const uniform = createRandom(seed).uniform
  const [counts, probabilities] = [new Uint8Array(count * classes), new Float64Array(count * classes)]
  const sureness = 0.95 * (1 - misleading) + 0.05 * misleading
  const labels = Array.from({ length: count }, () => Math.floor(2 * uniform()))
  for (const [record, label] of labels.entries()) {
    const isMisled = uniform() < misleading
    const seen = isMisled ? 1 - label : label
    const say = (share: number): number => (uniform() < share ? seen : 1 - seen)
    const said = say(0.95)
    for (const k of [0, 1]) probabilities[record * classes + k] = k === said ? sureness : 1 - sureness
    for (let person = 0; person < 10; person++) counts[record * classes + say(0.8)]!++
  }
  return { counts, probabilities, labels, classes }
}

/** Mean Brier score after one choice of each case. */
function scoreOf(expertise: Expertise, { counts, probabilities, labels }: PastChoices): number {
  let sum = 0
  for (let record = 0; record < labels.length; record++) {
    const own = Array.from({ length: classes }, (_, k) => probabilities[record * classes + k]!)
    for (let choice = 0; choice < classes; choice++) {
      const posterior = posteriorOf(expertise, hearChoice(expertise, startBelief(expertise, own), choice))
      const gap = 1 - posterior[labels[record]!]!
      sum += (counts[record * classes + choice]! / 10) * 2 * gap * gap
    }
  }
  return sum / labels.length
}

test('people who err on their own are trusted fully', () => {
  const past = drawCases(20_000, 0, 1)
  const { trust } = fitTrust(fitConfusions(past), past)
  assert.ok(Math.abs(trust - 1) < 0.1, `${trust}`)
})

test('where cases mislead everybody, choices count for less, and posteriors are better for it', () => {
  const past = drawCases(20_000, 0.1, 2)
  const naive = fitConfusions(past)
  const fitted = fitTrust(naive, past)
  assert.ok(fitted.trust < 0.85 && fitted.trust > 0.2, `${fitted.trust}`)
  const fresh = drawCases(20_000, 0.1, 3)
  assert.ok(scoreOf(fitted, fresh) < scoreOf(naive, fresh))
  for (const factor of [0.7, 1.3]) {
    const other = { ...fitted, trust: factor * fitted.trust }
    assert.ok(scoreOf(fitted, past) < scoreOf(other, past), `${factor}`)
  }
})

test('trust says how often a choice is counted: two of half are one', () => {
  const expertise = fitConfusions(drawCases(1000, 0, 4))
  const [one, half] = [
    { ...expertise, trust: 1 },
    { ...expertise, trust: 0.5 },
  ]
  const start = startBelief(expertise, [0.6, 0.4])
  const [once, twice] = [hearChoice(one, start, 1), hearChoice(half, hearChoice(half, start, 1), 1)]
  for (const [index, value] of once.entries()) assert.ok(Math.abs(value - twice[index]!) < 1e-12)
})
