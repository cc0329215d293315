import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom, type Entropy } from '@consort/protocol'
import { seededEntropy } from '../testing/seeded-entropy.ts'
import { createGaussianSteps } from './gaussian-steps.ts'
import { gaussianTable, tableCentre } from './gaussian-table.ts'
import { stepsMax } from './noise-kernels.ts'
import { createRandomWords } from './random-words.ts'

const coarse = 1001
const { cells, rests } = gaussianTable()

/** The draw that a cell and 80 bits stand for, compared in one piece. */
function drawOf(cell: number, bits: bigint): number {
  const threshold = (BigInt(cells[cell]! >>> 16) << 64n) | rests[cell]!
  return (bits < threshold ? cell : cells[cell]! & 0xffff) - tableCentre
}

/** Words that are handed out first, then bytes for what they leave open. */
function scripted(words: Int32Array<ArrayBuffer>, rare: number): Entropy {
  return {
    bytes: count => (count === 8 ? new Uint8Array(8).fill(rare) : new Uint8Array(words.buffer)),
  }
}

test('a step is a coarse draw and a fine one, as the table has them', () => {
  const seed = 'steps'
  const words = new Int32Array(2 * stepsMax)
  new Uint8Array(words.buffer).set(seededEntropy(seed).bytes(words.byteLength))
  const steps = createGaussianSteps(scripted(words, 0)).draw(stepsMax, coarse)
  for (const [index, step] of steps.subarray(0, 4000).entries()) {
    const draw = (word: number): number => drawOf(word & 0xffff, BigInt(word >>> 16) << 64n)
    const expected = coarse * draw(words[2 * index]!) + draw(words[2 * index + 1]!)
    assert.equal(step, expected, `step ${index}, seed '${seed}'`)
  }
})

/** Which of a group's eight words are left open by their first bits. */
const opened: Record<string, (word: number) => boolean> = {
  'for either of the two draws': word => (word & 3) === 0 || (word & 3) === 3,
  'for one word in a group': word => word % 8 === (word >> 3) % 8,
}
for (const [which, isOpen] of Object.entries(opened)) {
  test(`where 16 bits do not decide, 64 more do, ${which}`, () => {
    const random = createRandom(3)
    for (const rare of [0, 0xff]) {
      const words = Int32Array.from({ length: 2 * stepsMax }, (_, word) => {
        const cell = random.integer(65_536)
        const same = (cells[cell]! & 0xffff0000) | cell // the first bits of this very threshold
        return isOpen(word) ? same : same ^ 0x10000
      })
      const steps = createGaussianSteps(scripted(words, rare)).draw(stepsMax, coarse)
      const rest = rare === 0 ? 0n : 2n ** 64n - 1n
      for (const [index, step] of steps.subarray(0, 4000).entries()) {
        const draw = (word: number): number => drawOf(word & 0xffff, (BigInt(word >>> 16) << 64n) | rest)
        const expected = coarse * draw(words[2 * index]!) + draw(words[2 * index + 1]!)
        assert.equal(step, expected, `step ${index}, bytes ${rare}`)
      }
    }
  })
}

test('every step is made of 64 bits that nothing else is made of', () => {
  let asked = 0
  const stream = seededEntropy('counted')
  const entropy: Entropy = {
    bytes: count => {
      asked += count
      return stream.bytes(count)
    },
  }
  const steps = createGaussianSteps(entropy)
  const seen = new Set<number>()
  for (let call = 1; call <= 4; call++) {
    seen.add(steps.draw(1000, coarse)[0]!)
    assert.ok(asked >= call * 8 * 1000)
  }
  assert.equal(seen.size, 4)
})

test('steps are added to values that are rounded to whole steps, whatever their number', () => {
  const seed = 'added'
  for (const count of [1, 2, 3, 4, 4097, stepsMax]) {
    const values = Float32Array.from({ length: count }, (_, index) => (index - 1000) * 0.0625)
    const added = values.slice()
    createGaussianSteps(seededEntropy(seed)).addTo(added, { coarse, granularity: 0.125 })
    const steps = createGaussianSteps(seededEntropy(seed)).draw(count, coarse)
    for (const [index, value] of values.entries()) {
      const half = Math.abs(value / 0.125) % 1 === 0.5
      const whole = half ? 2 * Math.round(value / 0.25) : Math.round(value / 0.125)
      assert.equal(added[index], Math.fround((whole + steps[index]!) * 0.125), `value ${index} of ${count}`)
    }
  }
})

test('of what was drawn and what it was added to, nothing is left once it is wiped', () => {
  const source = createGaussianSteps(seededEntropy('wiped'))
  const steps = source.draw(stepsMax, coarse)
  source.addTo(new Float32Array(1000).fill(1), { coarse, granularity: 1 })
  const memory = new Int32Array(steps.buffer)
  const afterTable = memory.subarray(cells.length)
  assert.deepEqual(memory.subarray(0, cells.length), cells)
  assert.ok(afterTable.filter(value => value !== 0).length > 3 * stepsMax)
  source.wipe()
  assert.ok(afterTable.every(value => value === 0))
})

/** Pairs of equal 53-bit numbers among the first ones of many sources. */
function coincidences(first: () => [number, number]): number {
  const sources = 200_000
  const seen = new Set<number>()
  for (let source = 0; source < sources; source++) {
    const [high, low] = first()
    seen.add((high >>> 0) * 2 ** 21 + (low >>> 11))
  }
  return sources - seen.size
}

test('no two sources begin alike, as they would with a seed of 32 bits', () => {
  const words = createRandomWords(2)
  const real = coincidences(() => {
    words.refill()
    return [words.words[0]!, words.words[1]!]
  })
  assert.equal(real, 0)
  const seeds = createRandom(5)
  const seeded = coincidences(() => {
    const random = createRandom(seeds.bits())
    return [random.bits(), random.bits()]
  })
  assert.ok(seeded > 0, 'about five are expected')
})
