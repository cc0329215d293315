import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '@consort/protocol'
import type {} from '../kernels/web-assembly.ts'
import { type AddNoise, type NoiseFault, noiseFaults } from '../testing/noise-faults.ts'
import { seededEntropy } from '../testing/seeded-entropy.ts'
import { createGaussianNoise } from './gaussian-noise.ts'
import { accountedMultiplier, noiseGrid } from './noise-grid.ts'

const seed = 'gaussian noise'
const grid = noiseGrid(1.3)
const noise = (): AddNoise => createGaussianNoise({ entropy: seededEntropy(seed) }).add

for (const deviation of [1.3, 4.7e-9, 2 ** 40]) {
  test(`noise of deviation ${deviation} has nothing wrong with it (seed '${seed}')`, () => {
    assert.deepEqual(noiseFaults(noise(), noiseGrid(deviation)), [])
  })
}

/** What must be found in noise that is broken in this way. */
const breaks: Record<string, { add: AddNoise; found: NoiseFault }> = {
  'a tenth of the deviation': {
    add: (target, deviation) => noise()(target, deviation / 10),
    found: 'deviation',
  },
  'two per cent less': { add: (target, deviation) => noise()(target, deviation * 0.98), found: 'deviation' },
  'the same noise in each call': {
    add: (target, deviation) => noise()(target, deviation),
    found: 'repetition',
  },
  'a uniform distribution': {
    add: each(deviation => (createdUniform.uniform() - 0.5) * Math.sqrt(12) * deviation),
    found: 'shape',
  },
  'numbers between the points of the grid': {
    add: each(deviation => boxMuller() * deviation),
    found: 'grid',
  },
  'steps that are too coarse': {
    add: each(
      deviation => Math.round((boxMuller() * deviation) / grid.granularity / 16) * 16 * grid.granularity,
    ),
    found: 'last digits',
  },
  'tails cut at 3.4 deviations': {
    add: mapped((value, deviation) => Math.max(-3.4 * deviation, Math.min(3.4 * deviation, value))),
    found: 'tails',
  },
  'neighbours that share noise': {
    add: mapped((value, _, index, all) => (index % 2 === 1 && index % 32 < 16 ? all[index - 1]! : value)),
    found: 'dependence',
  },
}

const createdUniform = createRandom(1)

function boxMuller(): number {
  return (
    Math.sqrt(-2 * Math.log(1 - createdUniform.uniform())) * Math.cos(2 * Math.PI * createdUniform.uniform())
  )
}

function each(draw: (deviation: number) => number): AddNoise {
  return (target, deviation) => {
    for (let index = 0; index < target.length; index++) target[index] = draw(deviation)
  }
}

function mapped(
  change: (value: number, deviation: number, index: number, all: Float32Array) => number,
): AddNoise {
  const { add } = createGaussianNoise({ entropy: seededEntropy('mapped') })
  return (target, deviation) => {
    add(target, deviation)
    for (let index = 0; index < target.length; index++)
      target[index] = change(target[index]!, deviation, index, target)
  }
}

for (const [name, { add, found }] of Object.entries(breaks)) {
  test(`the same checks find ${name}`, () => {
    assert.ok(noiseFaults(add, grid).includes(found), `${found} is not among ${noiseFaults(add, grid)}`)
  })
}

test('values are snapped to the nearest point, and the noise does not depend on them', () => {
  const count = 40_000
  const random = createRandom(7)
  const values = Float32Array.from({ length: count }, () => (random.uniform() - 0.5) * 3)
  const silent = new Float32Array(count)
  const noisy = values.slice()
  noise()(silent, 1.3)
  noise()(noisy, 1.3)
  for (const [index, value] of values.entries()) {
    const steps = silent[index]! / grid.granularity
    if (Math.abs(steps) >= 2 ** 24) continue // rounded to float32
    const snapped = roundToEven(value / grid.granularity)
    assert.equal(noisy[index], Math.fround((snapped + steps) * grid.granularity), `value ${index}`)
  }
})

/** To the nearest whole number, halves to the even one. */
function roundToEven(x: number): number {
  const floor = Math.floor(x)
  if (x - floor !== 0.5) return Math.round(x)
  return floor % 2 === 0 ? floor : floor + 1
}

test('noise goes into a part of a WebAssembly memory and nowhere else', () => {
  const { buffer } = new WebAssembly.Memory({ initial: 4, maximum: 4 })
  const all = new Float32Array(buffer)
  createGaussianNoise().add(new Float32Array(buffer, 64, 50_001), 1)
  assert.deepEqual([...all.subarray(0, 16)], Array(16).fill(0))
  assert.ok(all.subarray(16, 50_017).every(value => value !== 0))
  assert.ok(all.subarray(50_017).every(value => value === 0))
})

test('without entropy it differs between sources', () => {
  const [one, other] = [new Float32Array(64), new Float32Array(64)]
  createGaussianNoise().add(one, 1)
  createGaussianNoise().add(other, 1)
  assert.notDeepEqual(one, other)
})

test('the deviation is never less than asked for, and hardly more', () => {
  for (let deviation = 1e-6; deviation < 1e6; deviation *= 1.0137) {
    const { granularity, coarse, deviation: real } = noiseGrid(deviation)
    assert.ok(real >= deviation && real < deviation * 1.0014, `${deviation}: ${real}`)
    assert.ok(coarse >= 768 && coarse <= 1536, `${deviation}: coarse steps of ${coarse}`)
    assert.ok(Number.isInteger(Math.log2(granularity)))
  }
  for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e-21]) {
    assert.throws(() => noiseGrid(wrong), { code: 'input-invalid' })
  }
})

test('snapping costs a little of the noise multiplier, more for larger models', () => {
  const of = { multiplier: 1.1, clip: 0.7 }
  const small = accountedMultiplier({ ...of, size: 1000 })
  const large = accountedMultiplier({ ...of, size: 1_390_000 })
  assert.ok(small > large)
  assert.ok(large > 1.1 * (1 - 0.0006) && large < 1.1 * 1.0014, `${large}`)
  const { granularity, deviation } = noiseGrid(0.77)
  const exact = deviation / (0.7 + granularity * Math.sqrt(1_390_000))
  assert.ok(large < exact && large > exact * (1 - 1e-12), 'less 1/12 of a squared step')
})
