import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom, isRefusal } from '@consort/protocol'
import { close } from '../testing/close.ts'
import {
  anytimeGate,
  type GateEvidence,
  type LabelledCase,
  startEvidence,
  weighLabel,
} from './anytime-gate.ts'
import { meanWealth } from './bets.ts'
import { binomialAtMost } from './binomial.ts'
import { deltaOfLook } from './declared-looks.ts'

const promise = { alpha: 0.1, delta: 0.1 }
const plain = { propensity: 1, propensityLeast: 1 }

function fold(start: GateEvidence, cases: readonly LabelledCase[]): GateEvidence {
  return cases.reduce(weighLabel, start)
}

/** A case as it may come in, with its probability to be drawn and labelled. */
type Possible = LabelledCase & { readonly chance: number }

/**
 * E[wealth] after two draws, summed over all that can happen; what is neither drawn nor labelled leaves it as it is.
 */
function expectedWealth(possible: readonly Possible[], row: number): number {
  const start = startEvidence({ thresholds: [0.9, 0.5], alpha: 0.3, delta: 1e-6 })
  const unlabelled = 1 - possible.reduce((sum, { chance }) => sum + chance, 0)
  const after = (evidence: GateEvidence, left: number): number =>
    left === 0
      ? meanWealth(evidence.wealth[row]!)
      : unlabelled * after(evidence, left - 1) +
        possible.reduce((sum, one) => sum + one.chance * after(weighLabel(evidence, one), left - 1), 0)
  return after(start, 2)
}

/** Sure cases wrong with `sure`, unsure ones with `unsure`; half each, labelled with different probabilities. */
function audited(sure: number, unsure: number, { answered = 1 } = {}): Possible[] {
  const of = (confidence: number, wrong: number, propensity: number, a: number): Possible[] =>
    [true, false].map(isWrong => ({
      ...{ confidence, isWrong, propensity, propensityLeast: 0.2, answered: a },
      chance: 0.5 * propensity * (isWrong ? wrong : 1 - wrong),
    }))
  return [...of(0.95, sure, 0.2, answered), ...of(0.6, unsure, 1, 1)]
}

test('where the risk is α, wealth is expected to stay what it was: exactly, with audits weighted', () => {
  // At threshold 0.5 the risk is (0.5 + 0.1) / 2 = 0.3, at 0.9 it is 0.5: there wealth falls.
  close(expectedWealth(audited(0.5, 0.1), 1), 1, 1e-12)
  close(expectedWealth(audited(0.1, 0.5), 1), 1, 1e-12)
  assert.ok(expectedWealth(audited(0.5, 0.1), 0) < 1)
  assert.ok(expectedWealth(audited(0.2, 0.2), 1) > 1)
})

test('for a policy that answers only some, the risk is E[a · wrong] / E[a]', () => {
  // a = ½ for sure cases: (½ · 0.5 + 0.2) / 1.5 = 0.3.
  close(expectedWealth(audited(0.5, 0.2, { answered: 0.5 }), 1), 1, 1e-12)
  assert.ok(expectedWealth(audited(0.5, 0.2), 1) < 1)
})

test('labels that are taken as if all had been drawn alike would break it', () => {
  const naive = audited(0.5, 0.1).map(one => ({ ...one, propensity: 1, propensityLeast: 1 }))
  assert.ok(expectedWealth(naive, 1) > 1.05)
})

/** In how many of the runs a gate opens, looked at after every label, though the risk is α. */
function opened(runs: number, opens: (labels: readonly boolean[], uniform: () => number) => boolean): number {
  let broken = 0
  for (let seed = 1; seed <= runs; seed++) {
    const uniform = createRandom(seed).uniform
    const labels = Array.from({ length: 600 }, () => uniform() < promise.alpha)
    if (opens(labels, uniform)) broken++
  }
  return broken / runs
}

const runs = 400
const tolerance = 3 * Math.sqrt((promise.delta * (1 - promise.delta)) / runs)

test('looked at after every label, it breaks the promise in no more than δ of the runs', t => {
  const broken = opened(runs, labels => {
    const cases = labels.map(isWrong => ({ confidence: 1, isWrong, ...plain }))
    return anytimeGate(fold(startEvidence({ thresholds: [1], ...promise }), cases)).kind === 'open'
  })
  t.diagnostic(`broken in ${broken}`)
  assert.ok(broken <= promise.delta + tolerance)
  assert.ok(broken > 0.01, 'and it uses some of δ up')
})

/** The binomial test at one threshold (Learn then Test, Angelopoulos et al. 2021). */
const oneLook = (labels: readonly boolean[], delta: number): boolean =>
  binomialAtMost(labels.filter(Boolean).length, { n: labels.length, p: promise.alpha }) <= delta

test('one look, taken every 25 labels, breaks it in the same runs; with δ / (k (k + 1)) it does not', t => {
  const looks = Array.from({ length: 24 }, (_, index) => 25 * (index + 1))
  const naive = opened(runs, labels => looks.some(at => oneLook(labels.slice(0, at), promise.delta)))
  const declared = opened(runs, labels =>
    looks.some((at, index) => oneLook(labels.slice(0, at), deltaOfLook(promise.delta, index + 1))),
  )
  t.diagnostic(`broken in ${naive} with δ at each look, in ${declared} with less and less`)
  assert.ok(naive > promise.delta + tolerance)
  assert.ok(declared <= promise.delta + tolerance)
  const spent = looks.reduce((sum, _, index) => sum + deltaOfLook(promise.delta, index + 1), 0)
  assert.ok(spent < promise.delta)
  assert.equal(deltaOfLook(0.1, 1), 0.05)
})

test('it opens at the loosest threshold before the first that is not proven, and stays open', () => {
  const start = startEvidence({ thresholds: [0.5, 0.9, 0.7], ...promise })
  assert.deepEqual(start.thresholds, [0.9, 0.7, 0.5])
  const right = (confidence: number) => ({ confidence, isWrong: false, ...plain })
  const sure = fold(
    start,
    Array.from({ length: 60 }, () => right(0.95)),
  )
  assert.deepEqual(anytimeGate(sure), { kind: 'open', threshold: 0.5, labels: 60 })
  const badBelow = fold(
    start,
    Array.from({ length: 120 }, (_, index) =>
      index % 2 === 0 ? right(0.95) : { ...right(0.8), isWrong: index % 4 === 1 },
    ),
  )
  assert.deepEqual(anytimeGate(badBelow), { kind: 'open', threshold: 0.9, labels: 120 })
  const later = fold(
    badBelow,
    Array.from({ length: 20 }, () => ({ ...right(0.95), isWrong: true })),
  )
  assert.equal(anytimeGate(later).kind, 'open')
})

test('a closed gate says how many right labels would open it: one fewer would not', () => {
  const start = fold(startEvidence({ thresholds: [0.9], ...promise }), [
    { confidence: 0.95, isWrong: true, ...plain },
    { confidence: 0.95, isWrong: false, ...plain },
    { confidence: Number.NaN, isWrong: true, ...plain },
  ])
  const gate = anytimeGate(start)
  assert.ok(gate.kind === 'closed')
  const right = Array.from({ length: gate.labelsNeeded }, () => ({ confidence: 1, isWrong: false, ...plain }))
  assert.equal(anytimeGate(fold(start, right)).kind, 'open')
  assert.equal(anytimeGate(fold(start, right.slice(1))).kind, 'closed')
  const ruined = fold(
    start,
    Array.from({ length: 5000 }, () => ({ confidence: 1, isWrong: true, ...plain })),
  )
  const after = anytimeGate(ruined)
  assert.ok(after.kind === 'closed' && Number.isFinite(after.labelsNeeded))
})

test('stored as JSON and read back it goes on as if nothing had been', () => {
  const cases = Array.from({ length: 80 }, (_, index) => ({
    ...{ confidence: (index % 10) / 10, isWrong: index % 9 === 0, propensity: 0.5, propensityLeast: 0.1 },
  }))
  const start = startEvidence({ thresholds: [0.8, 0.3], ...promise })
  const half = JSON.parse(JSON.stringify(fold(start, cases.slice(0, 40)))) as GateEvidence
  assert.deepEqual(fold(half, cases.slice(40)), fold(start, cases))
})

test('promises that are none and empty grids are refused; propensities that are none assert', () => {
  const isInvalid = (error: unknown) => isRefusal(error, 'input-invalid')
  assert.throws(() => startEvidence({ thresholds: [], ...promise }), isInvalid)
  assert.throws(() => startEvidence({ thresholds: [Number.NaN], ...promise }), isInvalid)
  assert.throws(() => startEvidence({ thresholds: [0.9], ...promise, alpha: 1 }), isInvalid)
  const start = startEvidence({ thresholds: [0.9], ...promise })
  for (const wrong of [
    { propensity: 0 },
    { propensityLeast: 0 },
    { propensityLeast: 0.6 },
    { answered: 2 },
  ]) {
    const one = { confidence: 1, isWrong: false, propensity: 0.5, propensityLeast: 0.5, ...wrong }
    assert.throws(() => weighLabel(start, one), assert.AssertionError)
  }
})

test('a looser threshold that is proven opens nothing past a stricter one that is not', () => {
  const unsure: LabelledCase = { confidence: 0.6, isWrong: false, ...plain }
  const start = startEvidence({ thresholds: [0.9, 0.5], ...promise })
  const evidence = fold(
    start,
    Array.from({ length: 200 }, () => unsure),
  )
  assert.deepEqual(evidence.isProven, [false, true])
  assert.equal(anytimeGate(evidence).kind, 'closed')
  const sure: LabelledCase = { confidence: 0.95, isWrong: false, ...plain }
  const both = anytimeGate(
    fold(
      evidence,
      Array.from({ length: 200 }, () => sure),
    ),
  )
  assert.deepEqual(both, { kind: 'open', threshold: 0.5, labels: 400 })
})
