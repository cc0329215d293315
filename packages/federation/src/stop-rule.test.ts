import assert from 'node:assert/strict'
import test from 'node:test'
import {
  averageMetric,
  type RoundScore,
  type StopDecision,
  type StopRule,
  stopDecision,
} from './stop-rule.ts'

/** Scores of rounds 1, 2, … (or every `every`-th) from pairs of loss and accuracy. */
function scoresOf(pairs: readonly (readonly [number | null, number | null])[], every = 1): RoundScore[] {
  return pairs.map(([loss, accuracy], index) => ({ round: (index + 1) * every, loss, accuracy }))
}

const goOn: StopDecision = { stop: false }
const stopped = (because: 'target' | 'patience' | 'rounds', best: number): StopDecision => ({
  stop: true,
  because,
  best,
})

interface Case {
  rule: StopRule
  scores: RoundScore[]
  /** By default the round of the last score, of 10. */
  round?: number
  rounds?: number
  decision: StopDecision
}

const cases: Record<string, Case> = {
  'no rule, rounds left': { rule: {}, scores: scoresOf([[1, 0.5]]), decision: goOn },
  'no rule, last round': {
    rule: {},
    scores: scoresOf([[1, 0.5]]),
    rounds: 1,
    decision: stopped('rounds', 1),
  },
  'no rule: the last round is the result, not the best': {
    rule: {},
    scores: scoresOf([
      [1, 0.9],
      [5, 0.1],
    ]),
    rounds: 2,
    decision: stopped('rounds', 2),
  },
  'no rule, no scores, rounds left': { rule: {}, scores: [], round: 3, decision: goOn },
  'no rule, no scores, last round': { rule: {}, scores: [], round: 10, decision: stopped('rounds', 10) },
  'beyond the last round': { rule: {}, scores: [], round: 11, decision: stopped('rounds', 11) },
  'target reached exactly': {
    rule: { target: 0.9 },
    scores: scoresOf([[1, 0.9]]),
    decision: stopped('target', 1),
  },
  'target passed': {
    rule: { target: 0.9 },
    scores: scoresOf([
      [1, 0.1],
      [1, 1],
    ]),
    decision: stopped('target', 2),
  },
  'target just missed': { rule: { target: 0.9 }, scores: scoresOf([[1, 0.8999]]), decision: goOn },
  'target, but nobody told an accuracy': {
    rule: { target: 0.9 },
    scores: scoresOf([[1, null]]),
    decision: goOn,
  },
  'target reached earlier, not now': {
    rule: { target: 0.9 },
    scores: scoresOf([
      [1, 0.95],
      [1, 0.5],
    ]),
    decision: goOn,
  },
  'target, but the latest score is of an earlier round': {
    rule: { target: 0.9 },
    scores: scoresOf([[1, 0.95]]),
    round: 2,
    decision: goOn,
  },
  'target reached in the last round is called target': {
    rule: { target: 0.9 },
    scores: scoresOf([[1, 0.95]]),
    rounds: 1,
    decision: stopped('target', 1),
  },
  'target comes before patience, and the result is the lowest loss all the same': {
    rule: { target: 0.9, patience: 1 },
    scores: scoresOf([
      [1, 0.1],
      [2, 0.95],
    ]),
    decision: stopped('target', 1),
  },
  'target with patience: the round that reaches it is the result when its loss is the lowest': {
    rule: { target: 0.9, patience: 5 },
    scores: scoresOf([
      [2, 0.1],
      [1, 0.95],
    ]),
    decision: stopped('target', 2),
  },
  'target with patience: the last round is the result when nobody ever told a loss': {
    rule: { target: 0.9, patience: 1 },
    scores: scoresOf([
      [null, 0.1],
      [null, 0.95],
    ]),
    decision: stopped('target', 2),
  },
  'patience: still improving': {
    rule: { patience: 1 },
    scores: scoresOf([
      [3, 0],
      [2, 0],
      [1, 0],
    ]),
    decision: goOn,
  },
  'patience of 1: once worse': {
    rule: { patience: 1 },
    scores: scoresOf([
      [1, 0],
      [2, 0],
    ]),
    decision: stopped('patience', 1),
  },
  'patience of 2: once worse': {
    rule: { patience: 2 },
    scores: scoresOf([
      [1, 0],
      [2, 0],
    ]),
    decision: goOn,
  },
  'patience of 2: twice worse': {
    rule: { patience: 2 },
    scores: scoresOf([
      [2, 0],
      [1, 0],
      [1.5, 0],
      [1.2, 0],
    ]),
    decision: stopped('patience', 2),
  },
  'patience of 2: worse, then better': {
    rule: { patience: 2 },
    scores: scoresOf([
      [2, 0],
      [3, 0],
      [1, 0],
      [4, 0],
    ]),
    decision: goOn,
  },
  'patience: the same loss is no improvement': {
    rule: { patience: 2 },
    scores: scoresOf([
      [1, 0],
      [1, 0],
      [1, 0],
    ]),
    decision: stopped('patience', 1),
  },
  'patience counts evaluations, not rounds': {
    rule: { patience: 2 },
    scores: scoresOf(
      [
        [1, 0],
        [2, 0],
      ],
      3,
    ),
    decision: goOn,
  },
  'patience with evaluations every third round': {
    rule: { patience: 2 },
    scores: scoresOf(
      [
        [1, 0],
        [2, 0],
        [2, 0],
      ],
      3,
    ),
    decision: stopped('patience', 3),
  },
  'patience: with rounds used up the best is kept': {
    rule: { patience: 5 },
    scores: scoresOf([
      [3, 0],
      [1, 0],
      [2, 0],
    ]),
    rounds: 3,
    decision: stopped('rounds', 2),
  },
  'patience: both at once is called patience': {
    rule: { patience: 1 },
    scores: scoresOf([
      [1, 0],
      [2, 0],
    ]),
    rounds: 2,
    decision: stopped('patience', 1),
  },
  'patience, and nobody ever told a loss': {
    rule: { patience: 1 },
    scores: scoresOf([
      [null, 0.5],
      [null, 0.4],
    ]),
    decision: goOn,
  },
  'patience, nobody ever told a loss, rounds used up': {
    rule: { patience: 1 },
    scores: scoresOf([
      [null, 0.5],
      [null, 0.4],
    ]),
    rounds: 2,
    decision: stopped('rounds', 2),
  },
  'patience: an evaluation without a loss is one without improvement': {
    rule: { patience: 1 },
    scores: scoresOf([
      [1, 0],
      [null, 0],
    ]),
    decision: stopped('patience', 1),
  },
  'patience, no scores': { rule: { patience: 1 }, scores: [], round: 1, decision: goOn },
  'a loss of 0 is the best there is': {
    rule: { patience: 1 },
    scores: scoresOf([
      [0, 0],
      [1, 0],
    ]),
    decision: stopped('patience', 1),
  },
}
for (const [
  what,
  { rule, scores, round = scores.at(-1)?.round ?? 0, rounds = 10, decision },
] of Object.entries(cases)) {
  test(`stop rule: ${what}`, () => assert.deepEqual(stopDecision(rule, { scores, round, rounds }), decision))
}

test('a loss that is no number is never the best', () => {
  const scores = scoresOf([
    [1, 0],
    [Number.NaN, 0],
  ])
  assert.deepEqual(stopDecision({ patience: 1 }, { scores, round: 2, rounds: 10 }), stopped('patience', 1))
})

test('an average weighs by examples', () => {
  assert.equal(
    averageMetric([
      { examples: 1, value: 1 },
      { examples: 3, value: 5 },
    ]),
    4,
  )
  assert.equal(averageMetric([{ examples: 7, value: 0.25 }]), 0.25)
})

test('who told nothing, or had no examples, does not count', () => {
  assert.equal(
    averageMetric([
      { examples: 100, value: undefined },
      { examples: 2, value: 3 },
    ]),
    3,
  )
  assert.equal(
    averageMetric([
      { examples: 0, value: 9 },
      { examples: 2, value: 3 },
    ]),
    3,
  )
  assert.equal(averageMetric([{ examples: 2, value: 0 }]), 0)
})

test('when nobody told anything there is no average', () => {
  assert.equal(averageMetric([]), null)
  assert.equal(averageMetric([{ examples: 5, value: undefined }]), null)
  assert.equal(averageMetric([{ examples: 0, value: 1 }]), null)
})
