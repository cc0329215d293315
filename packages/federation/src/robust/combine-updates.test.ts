import assert from 'node:assert/strict'
import test from 'node:test'
import { type AggregationSpec, createRandom } from '@consort/protocol'
import { type Combination, combineUpdates } from './combine-updates.ts'
import { medianPiece, trimmedMeanPiece } from './middle-value.ts'
import { type RoundUpdates, slicesOf } from './round-updates.ts'

/** Updates in memory; every read overwrites the one before, as reads from a disk into one buffer do. */
function roundOf(updates: readonly Float32Array[], start: Float32Array, chunkLengths = [start.length]) {
  const memory = [new Float32Array(start.length), new Float32Array(start.length)] as const
  const from = (chunk: number) => chunkLengths.slice(0, chunk).reduce((sum, length) => sum + length, 0)
  const read = (values: Float32Array, chunk: number, into: Float32Array): Float32Array => {
    into.fill(Number.NaN)
    into.set(values.subarray(from(chunk), from(chunk + 1)))
    return into.subarray(0, chunkLengths[chunk])
  }
  const reads: string[] = []
  const total = (updates.length * (updates.length + 1)) / 2
  return {
    reads,
    updates: updates.map((_, place) => ({ name: `u${place}`, share: (place + 1) / total })),
    chunkLengths,
    async readUpdate(place: number, chunk: number) {
      reads.push(`${place}.${chunk}`)
      return read(updates[place]!, chunk, memory[0])
    },
    readStart: async (chunk: number) => read(start, chunk, memory[1]),
  } satisfies RoundUpdates & { reads: string[] }
}

async function valuesOf({ chunks }: Pick<Combination, 'chunks'>): Promise<Float32Array> {
  const values: number[] = []
  for await (const chunk of chunks) values.push(...chunk)
  return Float32Array.from(values)
}

const rules: AggregationSpec[] = [
  { kind: 'weighted-mean' },
  { kind: 'norm-bound' },
  { kind: 'norm-bound', bound: 0.5 },
  { kind: 'norm-bound', factor: 2 },
  { kind: 'median' },
  { kind: 'trimmed-mean', trim: 2 },
  { kind: 'multi-krum', attackers: 2 },
  { kind: 'multi-krum', attackers: 1, keep: 6 },
]

const uniform = createRandom(11).uniform
const vector = (length: number, scale: number) =>
  Float32Array.from({ length }, () => (uniform() - 0.5) * scale)
const start = vector(101, 1)
const updates = Array.from({ length: 7 }, (_, place) =>
  vector(101, place === 3 ? 40 : 0.2 + place / 10).map((value, index) => start[index]! + value),
)

/** Each rule once more, over whole models and as its definition reads. */
function byDefinition(rule: AggregationSpec): Float32Array {
  const shares = updates.map((_, place) => (place + 1) / 28)
  const norm = (a: Float32Array, b: Float32Array) => Math.hypot(...a.map((value, index) => value - b[index]!))
  const sumOf = (weightOf: (place: number) => number, from: (place: number, index: number) => number) =>
    start.map((_, index) => updates.reduce((sum, _, place) => sum + weightOf(place) * from(place, index), 0))
  const share = (place: number): number => shares[place]!
  const weight = (place: number, index: number): number => updates[place]![index]!
  switch (rule.kind) {
    case 'weighted-mean':
      return sumOf(share, weight)
    case 'norm-bound': {
      const norms = updates.map(update => norm(update, start))
      const bound = rule.bound ?? (rule.factor ?? 1) * norms.toSorted((a, b) => a - b)[3]!
      const clipped = (place: number, index: number): number =>
        Math.min(1, bound / norms[place]!) * (updates[place]![index]! - start[index]!)
      return sumOf(share, clipped).map((value, index) => value + start[index]!)
    }
    case 'median':
      return medianPiece(updates)
    case 'trimmed-mean':
      return trimmedMeanPiece(updates, rule.trim)
    case 'multi-krum': {
      const score = (own: Float32Array): number =>
        updates
          .filter(update => update !== own)
          .map(update => norm(update, own) ** 2)
          .sort((a, b) => a - b)
          .slice(0, 7 - rule.attackers - 2)
          .reduce((sum, squared) => sum + squared, 0)
      const keep = rule.keep ?? 7 - rule.attackers - 2
      const best = updates.toSorted((a, b) => score(a) - score(b)).slice(0, keep)
      return sumOf(place => (best.includes(updates[place]!) ? 1 / keep : 0), weight)
    }
  }
}

for (const rule of rules) {
  test(`${JSON.stringify(rule)}: what the definition says, with the same bits however the model is cut`, async () => {
    const whole = await combineUpdates(roundOf(updates, start), rule)
    const values = await valuesOf(whole)
    const expected = byDefinition(rule)
    for (const [index, value] of values.entries())
      assert.ok(Math.abs(value - expected[index]!) < 2e-6, `${index}: ${value} ${expected[index]}`)
    const sum = whole.shares.reduce((total, share) => total + share, 0)
    assert.ok(Math.abs(sum - 1) < 1e-12)
    for (const cuts of [
      [100, 1],
      [1, 50, 50],
    ]) {
      assert.deepEqual(await valuesOf(await combineUpdates(roundOf(updates, start, cuts), rule)), values)
    }
    const spoilt = updates.map((update, place) => (place === 3 ? update.map(value => value * 2) : update))
    const moved = await valuesOf(await combineUpdates(roundOf(spoilt, start), rule))
    const isAffected = rule.kind === 'weighted-mean'
    const distance = Math.hypot(...moved.map((value, index) => value - values[index]!))
    assert.equal(distance > 1, isAffected, `${distance}`)
  })
}

test('who was scaled down and who was left out is in the report', async () => {
  const clipped = await combineUpdates(roundOf(updates, start), { kind: 'norm-bound' })
  assert.ok(clipped.report.kind === 'norm-bound')
  const { bound, norms, scales } = clipped.report
  assert.ok(scales[3]! < 0.2 && Math.abs(norms[3]! * scales[3]! - bound) < 1e-9)
  assert.deepEqual(scales.slice(0, 3), [1, 1, 1])
  const krum = await combineUpdates(roundOf(updates, start), { kind: 'multi-krum', attackers: 1 })
  assert.ok(krum.report.kind === 'multi-krum')
  assert.equal(krum.shares[3], 0)
  assert.equal(krum.report.scores.indexOf(Math.max(...krum.report.scores)), 3)
})

test('under a bound that nobody reaches the result is the weighted mean, bit for bit', async () => {
  const bounded = await combineUpdates(roundOf(updates, start), { kind: 'norm-bound', bound: 1e9 })
  const mean = await combineUpdates(roundOf(updates, start), { kind: 'weighted-mean' })
  assert.deepEqual(await valuesOf(bounded), await valuesOf(mean))
})

test('with little memory chunks are read again in parts, and the slices are the same coordinates', async () => {
  for (const partMax of [1, 7, 50, 1000]) {
    const round = roundOf(updates, start, [60, 41])
    const rebuilt = updates.map(() => [] as number[])
    for await (const { pieces } of slicesOf(round, partMax))
      for (const [place, piece] of pieces.entries()) rebuilt[place]!.push(...piece)
    assert.deepEqual(
      rebuilt.map(values => Float32Array.from(values)),
      updates,
    )
    const parts = Math.ceil(60 / partMax) + Math.ceil(41 / partMax)
    assert.equal(round.reads.length, parts * updates.length)
  }
})

test('a model of several blocks comes out whole', async () => {
  const length = 2 ** 17 + 5
  const wide = [1, 2, 3].map(value => new Float32Array(length).map((_, index) => value * (index + 1)))
  const round = roundOf(wide, new Float32Array(length), [2 ** 17 + 2, 3])
  const { chunks } = await combineUpdates(round, { kind: 'median' })
  const lengths: number[] = []
  const seen = new Float32Array(length)
  let at = 0
  for await (const chunk of chunks) {
    lengths.push(chunk.length)
    seen.set(chunk, at)
    at += chunk.length
  }
  assert.deepEqual(lengths, [2 ** 17 + 2, 3])
  assert.deepEqual(seen, wide[1])
})

for (const rule of rules) {
  test(`${JSON.stringify(rule)}: numbers that are not finite are refused with the name of the update`, async () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const spoilt = updates.map((update, place) => (place === 0 ? update.with(77, bad) : update))
      const combine = async () => valuesOf(await combineUpdates(roundOf(spoilt, start, [50, 51]), rule))
      await assert.rejects(combine, { code: 'update-not-finite', message: /u0/ })
    }
  })
}

test('fewer updates than the rule needs are refused, one more is enough', async () => {
  const needs: [AggregationSpec, number][] = [
    [{ kind: 'norm-bound' }, 3],
    [{ kind: 'median' }, 3],
    [{ kind: 'trimmed-mean', trim: 2 }, 5],
    [{ kind: 'multi-krum', attackers: 1 }, 5],
    [{ kind: 'multi-krum', attackers: 1, keep: 6 }, 7],
  ]
  for (const [rule, needed] of needs) {
    const few = roundOf(updates.slice(0, needed - 1), start)
    await assert.rejects(combineUpdates(few, rule), {
      code: 'state-conflict',
      message: new RegExp(`${needed}`),
    })
    await valuesOf(await combineUpdates(roundOf(updates.slice(0, needed), start), rule))
  }
})
