import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom, type Entropy } from '@consort/protocol'
import { shuffledIndices } from '../shuffled-indices.ts'
import { misfit } from '../testing/normal-distribution.ts'
import { seededEntropy } from '../testing/seeded-entropy.ts'
import { createPoissonSampler } from './poisson-sampler.ts'

const seed = 'poisson'
const count = 1000
const probability = 0.1
const draws = 3000

type SamplerFault = 'size' | 'spread' | 'examples' | 'pairs' | 'order'

/** What is wrong with batches of `count` examples drawn with `probability`; by chance once in a hundred million. */
function samplerFaults(draw: () => Int32Array): SamplerFault[] {
  const members = new Float64Array(count)
  const together = new Float64Array(count - 1)
  const sizes: number[] = []
  let isRising = true
  for (let step = 0; step < draws; step++) {
    const batch = draw()
    sizes.push(batch.length)
    for (const [place, index] of batch.entries()) {
      members[index]!++
      if (place > 0 && batch[place - 1]! >= index) isRising = false
      if (place > 0 && batch[place - 1]! === index - 1) together[index - 1]!++
    }
  }
  const variance = count * probability * (1 - probability)
  const mean = sizes.reduce((sum, size) => sum + size, 0) / draws
  const spread = sizes.reduce((sum, size) => sum + (size - count * probability) ** 2, 0) / draws
  const faults: SamplerFault[] = []
  if (Math.abs(mean - count * probability) > 6 * Math.sqrt(variance / draws)) faults.push('size')
  if (Math.abs(spread / variance - 1) > 6 * Math.sqrt(2 / draws)) faults.push('spread')
  // Binomial counts vary 1 − p times as much as χ² supposes.
  const scaled = members.map(
    member => draws * probability + (member - draws * probability) / Math.sqrt(1 - probability),
  )
  if (
    misfit(
      scaled,
      members.map(() => draws * probability),
    ) > 6
  )
    faults.push('examples')
  if (
    Math.abs(
      misfit(
        together,
        together.map(() => draws * probability ** 2),
      ),
    ) > 6
  )
    faults.push('pairs')
  if (!isRising) faults.push('order')
  return faults
}

test(`batches are Poisson samples (seed '${seed}')`, () => {
  const sampler = createPoissonSampler({ count, probability, entropy: seededEntropy(seed) })
  assert.deepEqual(samplerFaults(sampler.draw), [])
})

test('the same checks find batches of fixed size, a wrong probability, favourites, and neighbours that go together', () => {
  const random = createRandom(9)
  const sampler = (p: number) => createPoissonSampler({ count, probability: p, entropy: seededEntropy(seed) })
  const shuffled = () =>
    shuffledIndices(count, random)
      .slice(0, count * probability)
      .sort()
  assert.ok(samplerFaults(shuffled).includes('spread'))
  assert.ok(samplerFaults(sampler(0.102).draw).includes('size'))
  const fair = sampler(probability)
  const favourite = () => Int32Array.from(new Set([...fair.draw(), 17])).sort()
  assert.ok(samplerFaults(favourite).includes('examples'))
  const coarse = createPoissonSampler({ count: count / 2, probability, entropy: seededEntropy(seed) })
  const pairs = () => Int32Array.from([...coarse.draw()].flatMap(index => [2 * index, 2 * index + 1]))
  assert.ok(samplerFaults(pairs).includes('pairs'))
})

/** Always the same 16 bits in the batch, then the digits given, one 16-bit number a call. */
function digits(first: number, later: readonly number[]): Entropy {
  let place = 0
  return {
    bytes: size => {
      if (size !== 8) return new Uint8Array(Uint16Array.from({ length: size / 2 }, () => first).buffer)
      const bytes = new Uint8Array(8)
      new DataView(bytes.buffer).setUint16(0, later[place++]!)
      return bytes
    },
  }
}

test('the probability is met to its last binary digit', () => {
  for (const p of [0.1, 1 / 3, 256 / 60_000, 2 ** -40, 3 * 2 ** -70, 1 - 2 ** -53]) {
    // The digits of p, 16 bits each: the drawn number equals p at first and differs at the end.
    const expansion: number[] = []
    for (let left = p; left > 0; ) {
      left *= 65_536
      expansion.push(Math.floor(left))
      left -= Math.floor(left)
    }
    const [first, ...rest] = expansion as [number, ...number[]]
    const isDrawn = (drawn: readonly number[]): boolean =>
      createPoissonSampler({ count: 1, probability: p, entropy: digits(first, drawn) }).draw().length === 1
    assert.equal(isDrawn([...rest, 0]), false, `${p}: the number p itself is not below p`)
    const last = rest.length - 1
    assert.equal(isDrawn(rest.with(last, rest[last]! - 1)), true, `${p}: just below`)
    if (rest[last]! < 65_535)
      assert.equal(isDrawn(rest.with(last, rest[last]! + 1)), false, `${p}: just above`)
  }
})

test('nobody and everybody', () => {
  assert.equal(createPoissonSampler({ count: 100, probability: 0 }).draw().length, 0)
  const all = createPoissonSampler({ count: 70_000, probability: 1 }).draw()
  assert.deepEqual(
    all,
    Int32Array.from({ length: 70_000 }, (_, index) => index),
  )
})

test('batches stay as they were when the next one is drawn', () => {
  const sampler = createPoissonSampler({ count: 1000, probability: 0.5 })
  const first = sampler.draw()
  const copy = first.slice()
  assert.notDeepEqual(sampler.draw(), first)
  assert.deepEqual(first, copy)
})

test('what is not a probability or a number of examples is refused', () => {
  for (const wrong of [-0.1, 1.1, Number.NaN]) {
    assert.throws(() => createPoissonSampler({ count: 10, probability: wrong }), { code: 'input-invalid' })
  }
  for (const wrong of [0, -1, 2.5, Number.NaN, 2 ** 31]) {
    assert.throws(() => createPoissonSampler({ count: wrong, probability: 0.1 }), { code: 'input-invalid' })
  }
})
