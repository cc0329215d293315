import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Question, questionSchema } from '@consort/protocol'
import { answerQuestion, type ColumnCell } from './answer.ts'
import { joinDigits, splitDigits } from './digits.ts'
import { decodeHistogram, quantileOf } from './histogram.ts'
import { decodeMoments } from './moments.ts'
import { answerBounds, answerLength, type SumLimits } from './question.ts'
import { namingThreshold } from './threshold.ts'

const limits: SumLimits = { rowsMax: 1000, partners: 4 }
const key = new Uint8Array(32).fill(7)
const seed = 20_261

/** Park and Miller's generator: small, and the same every time. */
function draws(start: number): () => number {
  let state = start
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

function sumOf(question: Question, parts: readonly (readonly ColumnCell[])[]): number[] {
  const answers = parts.map(part => answerQuestion(question, part, { ...limits, key }))
  const bounds = answerBounds(question, limits)
  for (const answer of answers) {
    assert.equal(answer.length, answerLength(question))
    assert.ok(answer.every((value, i) => Number.isInteger(value) && value >= 0 && value <= bounds[i]!))
  }
  return answers.reduce((sum, answer) => sum.map((value, i) => value + answer[i]!))
}

const random = draws(seed)
const columns = [300, 40, 1, 659].map(count =>
  Array.from(
    { length: count },
    () => Math.round((130 + 25 * (random() + random() + random() - 1.5)) * 10) / 10,
  ),
)
const pooled = columns.flat().sort((a, b) => a - b)
const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
const varianceOf = (values: readonly number[]): number => {
  const mean = meanOf(values)
  return meanOf(values.map(value => (value - mean) ** 2))
}

const moments = { kind: 'moments', field: 'bp', min: 0, max: 300, steps: 4096 } as const

test('moments of a sum are those of all records, to within half a step', () => {
  const result = decodeMoments(moments, sumOf(moments, columns), limits)
  assert.equal(result.count, 1000)
  assert.equal(result.clipped, 0)
  assert.ok(Math.abs(result.mean! - meanOf(pooled)) <= result.error, `seed ${seed}`)
  assert.ok(Math.abs(result.variance! / varianceOf(pooled) - 1) < 0.001, `seed ${seed}`)
})

test('moments are exact for values on the steps, where floating point would lose the variance', () => {
  const question = { kind: 'moments', field: 'x', min: 0, max: 65_536, steps: 65_536 } as const
  const values = [65_534, 65_535, 65_535, 65_536]
  const { mean, variance } = decodeMoments(question, sumOf(question, [values, values]), limits)
  assert.equal(mean, 65_535)
  assert.equal(variance, 0.5)
  // The same on the sums as float32, as an update would carry them: the planted break that integers avoid.
  const squares = Math.fround(values.reduce((sum, value) => sum + value ** 2, 0) / 4)
  assert.notEqual(squares - Math.fround(65_535) ** 2, 0.5)
})

test('values are clipped and counted, missing ones left out, nothing gives null', () => {
  const result = decodeMoments(moments, sumOf(moments, [[-5, 400, null], [150]]), limits)
  assert.deepEqual([result.count, result.clipped, result.mean], [3, 2, 150])
  const empty = decodeMoments(moments, sumOf(moments, [[], [null]]), limits)
  assert.deepEqual([empty.count, empty.mean, empty.variance], [0, null, null])
})

test('quantiles lie in the bin of the true value of their rank, hence within its width', () => {
  const edges = Array.from({ length: 31 }, (_, i) => 80 + 4 * i)
  const question = { kind: 'histogram', field: 'bp', edges } as const
  const histogram = decodeHistogram(question, sumOf(question, columns), limits)
  assert.equal(histogram.count, 1000)
  for (const share of [0, 0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999, 1]) {
    const truth = pooled[Math.max(Math.ceil(share * 1000), 1) - 1]!
    const { value, low, high } = quantileOf(histogram, share)!
    assert.ok(truth >= low && truth <= high, `${share}: ${truth} in ${low}–${high}, seed ${seed}`)
    assert.ok(value >= low && value <= high && Math.abs(value - truth) <= 4)
  }
  // Planted break: counts that are one bin off are not taken for right.
  const shifted = { ...histogram, counts: [0, ...histogram.counts.slice(0, -1)] }
  const { low, high } = quantileOf(shifted, 0.5)!
  assert.ok(pooled[499]! < low || pooled[499]! > high)
  assert.equal(quantileOf({ edges, counts: edges.slice(1).map(() => 0), count: 0 }, 0.5), null)
})

test('bins hold their lower edge, the last one also its upper, and values beyond', () => {
  const question = { kind: 'histogram', field: 'x', edges: [0, 1, 2] } as const
  assert.deepEqual(
    sumOf(question, [
      [-1, 0, 0.99],
      [1, 2, 3],
    ]),
    [3, 3],
  )
})

test('candidates are counted one by one, and all else together', () => {
  const question = { kind: 'candidates', field: 'drug', candidates: ['a', 'b', 'never', 'rare'] } as const
  const column = [...Array(50).fill('a'), ...Array(30).fill('b'), 'rare', ...Array(90).fill('else')]
  assert.deepEqual(sumOf(question, [column, column]), [100, 60, 0, 2, 180])
})

test('the threshold is the least that δ allows, by summing the tail', () => {
  for (const epsilon of [0.1, 0.5, 1, 3, 10]) {
    for (const delta of [0.1, 1e-3, 1e-6, 1e-9]) {
      const ratio = Math.exp(-epsilon)
      const named = (threshold: number): number => {
        let sum = 0
        for (let z = threshold - 1; z < threshold + 1000; z++) sum += ((1 - ratio) / (1 + ratio)) * ratio ** z
        return sum
      }
      const threshold = namingThreshold({ epsilon, delta })
      assert.ok(named(threshold) <= delta * (1 + 1e-9), `${epsilon}, ${delta}`)
      if (threshold > 2) assert.ok(named(threshold - 1) > delta, `${epsilon}, ${delta}`)
    }
  }
  assert.throws(() => namingThreshold({ epsilon: 0, delta: 1e-6 }), { code: 'input-invalid' })
  assert.throws(() => namingThreshold({ epsilon: 1, delta: 0.5 }), { code: 'input-invalid' })
})

test('equal values of all partners meet in one bucket, which depends on the key', () => {
  const question = { kind: 'buckets', field: 'diagnosis', buckets: 100_003 } as const
  const mine = [...Array(40).fill('I10'), 'Q87.4']
  const theirs = [...Array(40).fill('I10'), ...Array(30).fill('E11')]
  const sum = sumOf(question, [mine, theirs])
  assert.deepEqual(
    sum.filter(count => count > 0).sort((x, y) => x - y),
    [1, 30, 80],
  )
  const underAnother = answerQuestion(question, mine, { ...limits, key: new Uint8Array(32) })
  assert.notEqual(underAnother.indexOf(40), sum.indexOf(80))
})

test('digits add up to what the numbers add up to', () => {
  const bounds = answerBounds(moments, limits)
  const layout = { bounds, bits: 16 }
  const answers = columns.map(column => answerQuestion(moments, column, limits))
  const split = answers.map(answer => splitDigits(answer, layout))
  assert.ok(split.flat().every(digit => digit >= 0 && digit < 65_536))
  const sums = split.reduce((sum, digits) => sum.map((digit, i) => digit + digits[i]!))
  const whole = answers.reduce((sum, answer) => sum.map((value, i) => value + answer[i]!))
  assert.deepEqual(joinDigits(sums, layout), whole)
  assert.notDeepEqual(
    joinDigits(
      sums.map(digit => digit % 65_536),
      layout,
    ),
    whole,
  ) // carries must not wrap
})

test('what cannot be is refused, without the value', () => {
  const secret = 'Zq7secret4711'
  const refused = (question: Question, column: readonly ColumnCell[]): void => {
    assert.throws(
      () => answerQuestion(question, column, limits),
      (error: Error & { code: string }) => error.code === 'data-mismatch' && !error.message.includes(secret),
    )
  }
  refused(moments, [1, secret])
  refused(moments, [Number.NaN])
  refused({ kind: 'candidates', field: 'x', candidates: ['a'] }, ['a', 4711])
  refused(moments, Array(1001).fill(1))
  const bucket = { kind: 'buckets', field: 'x', buckets: 8 } as const
  assert.throws(() => answerQuestion(bucket, ['a'], limits), { code: 'input-invalid' })
  assert.throws(() => answerBounds({ ...moments, steps: 65_536 }, { rowsMax: 2e6, partners: 4 }), {
    code: 'input-invalid',
  })
  for (const sum of [
    [],
    [1, 0, 0],
    [1, 0, 0.5, 0],
    [1, 0, -1, 0],
    [1, 2, 0, 0],
    [1, 0, 9999, 0],
    [2, 0, 10, 5],
    [1e9, 0, 0, 0],
  ]) {
    assert.throws(() => decodeMoments(moments, sum, limits), { code: 'input-invalid' }, JSON.stringify(sum))
  }
  const histogram = { kind: 'histogram', field: 'x', edges: [0, 1, 2] } as const
  assert.throws(() => decodeHistogram(histogram, [4000, 1], limits), { code: 'input-invalid' })
  for (const question of [
    { kind: 'moments', field: 'x', min: 1, max: 1 },
    { kind: 'histogram', field: 'x', edges: [0, 0] },
    { kind: 'candidates', field: 'x', candidates: ['a', 'a'] },
    { kind: 'moments', field: 'x', min: 0, max: 1, more: 1 },
  ]) {
    assert.ok(!questionSchema.safeParse(question).success)
  }
  assert.ok(questionSchema.safeParse({ kind: 'moments', field: 'x', min: 0, max: 1 }).success)
})
