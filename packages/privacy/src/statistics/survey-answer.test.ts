import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Question, SurveyAnswer } from '@consort/protocol'
import type { ColumnCell } from './answer.ts'
import type { DiscreteNoise } from './categories.ts'
import { joinSmallBins } from './histogram.ts'
import { noiseMargin } from './noised-counts.ts'
import { answerSurvey, decodeSurvey, type SurveyRules, surveyLength } from './survey-answer.ts'
import { namingThreshold } from './threshold.ts'

const questions: Question[] = [
  { kind: 'moments', field: 'x', min: 0, max: 4096, steps: 4096 },
  { kind: 'histogram', field: 'x', edges: [0, 1000, 2000, 3000, 4096] },
  { kind: 'candidates', field: 'sex', candidates: ['f', 'm'] },
]
const rules: SurveyRules = { questions, rowsMax: 100_000, epsilon: 1, delta: 1e-6 }
const quiet: DiscreteNoise = () => 0

type Columns = Record<string, readonly ColumnCell[]>

function ask(parts: readonly Columns[], noise = quiet, asked = rules): SurveyAnswer[] {
  const partners = parts.length
  const digits = parts.map(columns =>
    answerSurvey(asked, { columnOf: field => columns[field]!, noise, partners }),
  )
  for (const answer of digits) {
    assert.equal(answer.length, surveyLength(asked, partners))
    assert.ok(answer.every(digit => Number.isInteger(digit) && digit >= 0 && digit < 65_536))
  }
  const sums = digits.reduce((sum, answer) => sum.map((digit, index) => digit + answer[index]!))
  return decodeSurvey(asked, sums, { partners })
}

const part = (count: number, start: number): Columns => ({
  x: Array.from({ length: count }, (_, row) => (start + row * 37) % 4097),
  sex: Array.from({ length: count }, (_, row) => (row % 3 === 0 ? 'm' : 'f')),
})
const parts = [part(70_000, 5), part(40, 900), part(300, 2), part(80, 17)]

test('the sum of four partners’ answers says of all records what the pooled records say', () => {
  const pooled = parts.flatMap(({ x }) => x as number[])
  const [moments, histogram, sexes] = ask(parts)
  assert.ok(moments?.kind === 'moments' && histogram?.kind === 'histogram' && sexes?.kind === 'candidates')
  const mean = pooled.reduce((sum, value) => sum + value, 0) / pooled.length
  const variance = pooled.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pooled.length
  assert.deepEqual([moments.count, moments.clipped, moments.partners], [pooled.length, 0, 4])
  assert.ok(Math.abs(moments.mean - mean) < 1e-9 && Math.abs(moments.deviation ** 2 / variance - 1) < 1e-12)
  const inBin = (low: number, high: number): number =>
    pooled.filter(value => value >= low && (value < high || high === 4096)).length
  assert.deepEqual(histogram.counts, [
    inBin(0, 1000),
    inBin(1000, 2000),
    inBin(2000, 3000),
    inBin(3000, 4096),
  ])
  const median = pooled.toSorted((a, b) => a - b)[Math.ceil(pooled.length / 2) - 1]!
  const { low, high } = histogram.quantiles.find(({ share }) => share === 0.5)!
  assert.ok(median >= low && median <= high)
  assert.deepEqual(
    sexes.released.map(({ count }) => count),
    ['f', 'm'].map(code => parts.flatMap(({ sex }) => sex as string[]).filter(it => it === code).length),
  )
})

test('a partner with fewer than ten values adds nothing, and two partners’ values are not told', () => {
  const few = { ...part(9, 0), sex: part(80, 0).sex! }
  const [moments] = ask([part(40, 1), part(30, 2), part(20, 3), few])
  assert.ok(moments?.kind === 'moments')
  assert.deepEqual([moments.count, moments.partners], [90, 3])
  const told = ask([part(40, 1), part(30, 2), few, few])
  assert.deepEqual(told.slice(0, 2), [
    { kind: 'withheld', field: 'x', partners: 2 },
    { kind: 'withheld', field: 'x', partners: 2 },
  ])
  assert.equal(told[2]!.kind, 'candidates')
})

test('bins of few values are joined with their neighbours, and nothing is lost', () => {
  const edges = [0, 1, 2, 3, 4, 5]
  const joined = (counts: number[]) =>
    joinSmallBins({ edges, counts, count: counts.reduce((sum, it) => sum + it, 0) }, 10)
  assert.deepEqual(joined([20, 10, 10, 10, 30]), { count: 80, edges, counts: [20, 10, 10, 10, 30] })
  assert.deepEqual(joined([1, 2, 20, 0, 3]), { count: 26, edges: [0, 5], counts: [26] })
  assert.deepEqual(joined([12, 1, 20, 0, 13]), { count: 46, edges: [0, 1, 3, 5], counts: [12, 21, 13] })
  assert.deepEqual(joined([0, 0, 3, 0, 0]), { count: 3, edges: [0, 5], counts: [3] })
})

test('noise of every partner is in the counts, is cut at the margin, and names no rare category', () => {
  const noises = [3, -2, 5, 1, -7, 2, 0, 4, -1, -3, 6, 2]
  let drawn = 0
  const scales: number[] = []
  const told = ask(parts, scale => {
    scales.push(scale)
    return noises[drawn++]!
  })
  const exact = ask(parts)
  assert.equal(drawn, 12) // three counts of four partners
  assert.deepEqual(new Set(scales), new Set([1]))
  const countOf = (answers: SurveyAnswer[], index: number): number => {
    const answer = answers[2]!
    return answer.kind === 'candidates' ? answer.released[index]!.count : Number.NaN
  }
  assert.equal(countOf(told, 0) - countOf(exact, 0), 3 + 1 + 0 - 3)
  assert.equal(countOf(told, 1) - countOf(exact, 1), -2 - 7 + 4 + 6)
  const rare = { ...part(80, 0), sex: ['m', ...Array(79).fill('f')] }
  const all = Array(4).fill({ ...part(80, 0), sex: Array(80).fill('f') })
  const named = (of: Columns[], noise: DiscreteNoise): string[] => {
    const answer = ask(of, noise)[2]!
    return answer.kind === 'candidates' ? answer.released.map(({ category }) => category) : []
  }
  assert.deepEqual(named([...all.slice(1), rare], quiet), ['f'])
  // Without a threshold the one record would be named: it takes noise of ten deviations now.
  assert.deepEqual(
    named([...all.slice(1), rare], () => 20),
    ['f', 'm'],
  )
  assert.deepEqual(
    named([...all.slice(1), rare], () => -1e6),
    [],
  )
  assert.deepEqual(
    named([...all.slice(1), rare], () => 1e6),
    ['f', 'm'],
  )
  assert.equal(noiseMargin(1), 22)
})

test('the threshold under several noises is above what the exact tail of their sum allows, and not far above', () => {
  for (const [epsilon, noises, delta] of [
    [1, 4, 1e-6],
    [0.5, 3, 1e-4],
    [3, 10, 1e-9],
  ] as const) {
    const reach = 200
    const alpha = Math.exp(-epsilon)
    const one = Array.from(
      { length: 2 * reach + 1 },
      (_, at) => ((1 - alpha) / (1 + alpha)) * alpha ** Math.abs(at - reach),
    )
    let sum = [1]
    for (let noise = 0; noise < noises; noise++) {
      const next = new Array<number>(sum.length + one.length - 1).fill(0)
      for (const [i, p] of sum.entries()) for (const [j, q] of one.entries()) next[i + j]! += p * q
      sum = next
    }
    const tail = (t: number): number => sum.slice(noises * reach + t).reduce((all, p) => all + p, 0)
    const threshold = namingThreshold({ epsilon, delta, noises })
    assert.ok(tail(threshold - 1) <= delta, `${epsilon} ${noises}`)
    assert.ok(tail(Math.floor((threshold - 1) * 0.75)) > delta, `${epsilon} ${noises}: ${threshold}`)
    // One partner's threshold is too low for the noise of all.
    assert.ok(tail(namingThreshold({ epsilon, delta }) - 1) > delta)
  }
})

test('what no answers add up to is refused, buckets are, and sums that might pass 2^53', () => {
  const sums = (at: number, digit: number): number[] => {
    const length = surveyLength(rules, 4)
    return Array.from({ length }, (_, index) => (index === at ? digit : 0))
  }
  assert.throws(() => decodeSurvey(rules, sums(0, 5), { partners: 4 }), { code: 'input-invalid' })
  assert.throws(() => decodeSurvey(rules, sums(0, 4), { partners: 4 }), { code: 'input-invalid' })
  const buckets = { ...rules, questions: [{ kind: 'buckets', field: 'sex', buckets: 8 } as const] }
  assert.throws(() => surveyLength(buckets, 4), { code: 'input-invalid' })
  assert.throws(() => surveyLength({ ...rules, rowsMax: 1e9 }, 4), { code: 'input-invalid' })
})
