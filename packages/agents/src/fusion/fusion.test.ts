import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '@consort/protocol'
import { close } from '../testing/close.ts'
import { gainOfAsking, hearChoice, posteriorOf, startBelief } from './belief.ts'
import { type Expertise, fitConfusions, fitExpertise } from './expertise.ts'

const classes = 3
const pick = (shares: ArrayLike<number>, uniform: () => number): number => {
  let rest = uniform()
  for (let index = 0; index < shares.length - 1; index++) {
    rest -= shares[index]!
    if (rest < 0) return index
  }
  return shares.length - 1
}

/** Easy cases, which people get right in 97 %, and hard ones, in 60 %, the more of them the less sure the model is. */
function drawCases(count: number, people: number, uniform: () => number) {
  const probabilities = new Float64Array(count * classes)
  const counts = new Uint8Array(count * classes)
  const labels: number[] = []
  const choices: number[][] = []
  for (let record = 0; record < count; record++) {
    const top = 0.4 + 0.6 * uniform()
    const likeliest = Math.floor(classes * uniform())
    for (let k = 0; k < classes; k++)
      probabilities[record * classes + k] = k === likeliest ? top : (1 - top) / 2
    const label = pick(probabilities.subarray(record * classes, (record + 1) * classes), uniform)
    const right = uniform() < 1 - top ? 0.6 : 0.97
    const chosen = Array.from({ length: people }, () =>
      uniform() < right ? label : (label + 1 + Math.floor(2 * uniform())) % classes,
    )
    for (const choice of chosen) counts[record * classes + choice]!++
    labels.push(label)
    choices.push(chosen)
  }
  return { probabilities, counts, labels, choices, classes }
}

test('sorts of cases are found again', t => {
  const past = drawCases(1500, 20, createRandom(3).uniform)
  const { confusions, shares } = fitExpertise(past, { surenessEdges: [0.7] })
  const right = confusions.map(matrix => (matrix[0]! + matrix[4]! + matrix[8]!) / 3)
  t.diagnostic(`right in ${right}, shares ${JSON.stringify(shares)}`)
  assert.ok(Math.abs(right[0]! - 0.97) < 0.01 && Math.abs(right[1]! - 0.6) < 0.03)
  // Below a sureness of 0.7 the hard ones are 0.45 on average, above 0.15.
  assert.ok(Math.abs(shares[1]![1]! - 0.45) < 0.1 && Math.abs(shares[3]![1]! - 0.15) < 0.05)
  for (const row of shares) close(row[0]! + row[1]!, 1, 1e-12)
})

test('after several choices it is as sure as it should be; one matrix for all is too sure', t => {
  const past = drawCases(2000, 20, createRandom(4).uniform)
  const next = drawCases(6000, 3, createRandom(5).uniform)
  const gapOf = (expertise: Expertise): number => {
    let [sure, right, count] = [0, 0, 0]
    for (const [record, label] of next.labels.entries()) {
      const start = startBelief(
        expertise,
        next.probabilities.subarray(record * classes, (record + 1) * classes),
      )
      const [a, b, c] = next.choices[record]!
      if (a === b && b === c) continue // people disagree: where being too sure shows
      const posterior = posteriorOf(
        expertise,
        [a, b, c].reduce((belief, choice) => hearChoice(expertise, belief, choice!), start),
      )
      const confidence = Math.max(...posterior)
      sure += confidence
      if (posterior.indexOf(confidence) === label) right++
      count++
    }
    return sure / count - right / count
  }
  const [one, sorts] = [gapOf(fitConfusions(past)), gapOf(fitExpertise(past))]
  t.diagnostic(`too sure by ${one} with one matrix, ${sorts} with sorts`)
  assert.ok(Math.abs(sorts) < 0.03, `${sorts}`)
  assert.ok(one > 0.05, `${one}`)
})

test('beliefs are Bayes’ rule by hand', () => {
  const matrix = Float64Array.from([0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0, 0.3, 0.7])
  const expertise = { classes, confusions: [matrix], trust: 1, surenessEdges: [], shares: [[1], [1]] }
  const belief = hearChoice(expertise, startBelief(expertise, [0.5, 0.3, 0.2]), 1)
  const total = 0.05 + 0.21 + 0.06
  assert.deepEqual(
    [...posteriorOf(expertise, belief)].map(value => value.toFixed(12)),
    [0.05 / total, 0.21 / total, 0.06 / total].map(value => value.toFixed(12)),
  )
})

test('the gain of asking is what asking brings on average, over one choice and over two', () => {
  const uniform = createRandom(7).uniform
  for (let trial = 0; trial < 30; trial++) {
    const rows = (count: number) =>
      Array.from({ length: count }, () => {
        const weights = Array.from({ length: classes }, () => uniform() ** 3 + 0.01)
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        return weights.map(weight => weight / total)
      })
    const expertise: Expertise = {
      ...{
        classes,
        surenessEdges: [],
        shares: [
          [0.6, 0.4],
          [0.7, 0.3],
        ],
      },
      trust: 1,
      confusions: [Float64Array.from(rows(3).flat()), Float64Array.from(rows(3).flat())],
    }
    const belief = startBelief(expertise, rows(1)[0]!)
    const total = belief.reduce((sum, value) => sum + value, 0)
    const start = belief.map(value => value / total)
    const best = (held: Float64Array): number => Math.max(...posteriorOf(expertise, held))
    const expectedAfter = (held: Float64Array, left: number): number => {
      if (left === 0) return best(held)
      let sum = 0
      for (let choice = 0; choice < classes; choice++) {
        const chance = held.reduce(
          (all, value, index) =>
            all +
            value * expertise.confusions[Math.floor(index / classes)]![(index % classes) * classes + choice]!,
          0,
        )
        sum += chance * expectedAfter(hearChoice(expertise, held, choice), left - 1)
      }
      return sum
    }
    const expected = Math.max(
      expectedAfter(start, 1) - best(start),
      (expectedAfter(start, 2) - best(start)) / 2,
    )
    assert.ok(Math.abs(gainOfAsking(expertise, start) - Math.max(0, expected)) < 1e-12, `trial ${trial}`)
  }
})

test('where no single choice can change the answer, two may still be worth asking', () => {
  const matrix = Float64Array.from([0.7, 0.3, 0.3, 0.7])
  const expertise = { classes: 2, confusions: [matrix], trust: 1, surenessEdges: [], shares: [[1], [1]] }
  const belief = startBelief(expertise, [0.75, 0.25])
  const afterOne = [0, 1].map(choice => posteriorOf(expertise, hearChoice(expertise, belief, choice)))
  assert.ok(afterOne.every(([first, second]) => first! > second!))
  assert.ok(gainOfAsking(expertise, belief) > 0)
})
