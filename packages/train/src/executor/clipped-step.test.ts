import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom, lossOf, parseRecipe, type Recipe } from '@consort/protocol'
import {
  clippedGradients,
  distance,
  loopedGradients,
  median,
  norm,
  prepare,
  rows,
  weightedSum,
} from '../testing/example-loop.ts'
import { openClippedStep } from './clipped-step.ts'

const images = { kind: 'images', height: 15, width: 14, channels: 3 }
const table = { kind: 'table', features: ['a', 'b', 'c', 'd', 'e'].map(name => ({ name, kind: 'number' })) }
const conv = { kind: 'conv', filters: 6, kernel: 3, activation: 'tanh' }
const pool = { kind: 'max-pool', size: 2 }
const dense = { kind: 'dense', units: 7, activation: 'relu' }

const embedding = { kind: 'embedding', dimensions: 3 }
/** A number, then a category for each list of values. */
const codes = (...lists: string[][]) => ({
  kind: 'table',
  features: [
    { name: 'n', kind: 'number' },
    ...lists.map((values, index) => ({ name: `c${index}`, kind: 'category', values })),
  ],
})

const layerNorm = { kind: 'layer-norm', activation: 'tanh' }
const groupNorm = { kind: 'group-norm', groups: 3, activation: 'relu' }

const cnn = (...layers: object[]) => ({ input: images, model: { kind: 'cnn', layers } })
const recipes: Record<string, object> = {
  'one dense layer': { input: table, model: { kind: 'logistic' } },
  'dense layers with dropout': {
    input: table,
    model: { kind: 'mlp', layers: [dense, { kind: 'dropout', rate: 0.4 }, dense] },
  },
  'the binary loss': {
    input: table,
    model: { kind: 'mlp', layers: [dense] },
    task: { kind: 'classification', classes: ['a', 'b'] },
    loss: 'binary-cross-entropy',
  },
  numbers: { input: table, model: { kind: 'mlp', layers: [dense] }, task: { kind: 'regression' } },
  'a convolution': cnn(conv),
  'a convolution with everything': cnn({ ...conv, stride: 2, padding: 2, dilation: 2, groups: 3 }),
  'a depthwise convolution': cnn(conv, { ...conv, groups: 6 }),
  'a convolution with pooling': cnn(conv, pool),
  'a pooled convolution with everything': cnn({ ...conv, stride: 2, padding: 3, dilation: 2 }, pool),
  'pooling with overlap': cnn(conv, { ...pool, stride: 1 }, conv),
  'pooling of groups': cnn(conv, { ...conv, groups: 2 }, pool, conv),
  'average pooling': cnn(conv, { kind: 'average-pool', size: 3, stride: 2 }, conv, {
    kind: 'global-average-pool',
  }),
  'many layers': cnn(conv, pool, { kind: 'dropout', rate: 0.3 }, { ...conv, padding: 1 }, pool, dense, dense),
  'normalised vectors': {
    input: table,
    model: { kind: 'mlp', layers: [layerNorm, dense, layerNorm, dense] },
  },
  'normalised pictures': cnn(conv, layerNorm, conv, layerNorm),
  'groups of channels, normalised': cnn(conv, groupNorm, pool, { ...groupNorm, groups: 6 }, conv, dense),
  'residual pictures': cnn(
    { ...conv, padding: 1 },
    {
      kind: 'residual',
      layers: [{ ...conv, padding: 1 }, groupNorm, { ...conv, padding: 1 }],
      activation: 'relu',
    },
    {
      kind: 'residual',
      layers: [
        { ...conv, filters: 8, stride: 2, padding: 1 },
        { kind: 'dropout', rate: 0.2 },
      ],
      shortcut: [{ ...conv, filters: 8, kernel: 1, stride: 2 }],
    },
    {
      kind: 'residual',
      layers: [{ ...conv, padding: 1 }, pool],
      shortcut: [{ ...conv, padding: 1, groups: 2 }, pool],
    },
  ),
  'residual vectors': {
    input: table,
    model: {
      kind: 'mlp',
      layers: [
        { kind: 'residual', layers: [layerNorm, dense, { ...dense, units: 5 }], activation: 'tanh' },
        { kind: 'residual', layers: [dense], shortcut: [dense] },
      ],
    },
  },
  'an embedding': {
    input: codes(['u', 'v', 'w'], ['x', 'y']),
    model: { kind: 'mlp', layers: [embedding, dense] },
  },
  'an embedding whose rows examples take more than once': {
    input: codes(['x', 'y'], ['x', 'y'], ['x', 'y'], ['u', 'v', 'w'], ['x', 'y']),
    model: { kind: 'mlp', layers: [{ ...embedding, shared: true }, { kind: 'dropout', rate: 0.3 }, dense] },
  },
  'an embedding of nothing else': {
    input: { kind: 'table', features: codes(['x', 'y'], ['x', 'y', 'z']).features.slice(1) },
    model: { kind: 'mlp', layers: [embedding] },
  },
}

function recipeOf(part: object): Recipe {
  const task = { kind: 'classification', classes: ['a', 'b', 'c'] }
  return parseRecipe({ recipe: 1, name: 'clipped', dataset: 'clipped', task, ...part })
}

for (const [what, part] of Object.entries(recipes)) {
  test(`${what}: the clipped sum is that of a loop over examples`, async () => {
    const recipe = recipeOf(part)
    const single = await loopedGradients(recipe)
    const clip = median(single.map(norm))
    const actual = await clippedGradients(recipe, { clip, divisor: 4 })
    const share = (gradient: Float32Array) => Math.min(1, clip / norm(gradient)) / 4
    const expected = weightedSum(single, share)
    assert.ok(distance(actual, expected) < 2e-5, `${distance(actual, expected)}`)

    const sum = weightedSum(single, () => 1 / 4)
    const other = (gradient: Float32Array) => single[(single.indexOf(gradient) + 1) % rows]!
    const broken = {
      'without clipping': sum,
      'clipped after the sum': sum.map(value => (value * clip) / Math.max(clip, norm(sum))),
      'at twice the norm': weightedSum(single, gradient => Math.min(1, (2 * clip) / norm(gradient)) / 4),
      'divided by the actual batch': expected.map(value => (value * 4) / rows),
      'by other examples’ norms': weightedSum(single, gradient => share(other(gradient))),
    }
    for (const [fault, wrong] of Object.entries(broken)) {
      assert.ok(distance(actual, wrong) > 1e-3, `${fault} would not be seen`)
    }
  })
}

test('no example counts with more than the clipping norm, whatever its own', async () => {
  const recipe = recipeOf(recipes['many layers']!)
  for (const clip of [1e-6, 1e-3, 1]) {
    const { plan, memory, inputs, size } = prepare(recipe)
    const step = await openClippedStep(plan, {
      loss: lossOf(recipe),
      clipping: { clip, divisor: 1 },
      rowsMax: 8,
      memory,
      threads: 1,
    })
    for (const scale of [1, 1e4, 1e12]) {
      const batch = step.batch(8)
      batch.inputs.set(inputs.subarray(0, size).map(value => value * scale))
      batch.weights.fill(0).fill(1, 0, 1)
      step.drawMasks(8, createRandom(1))
      await step.run(8, 'gradients')
      const counts = norm(memory.gradients)
      assert.ok(counts <= clip && (scale > 1 || counts > 0), `${counts} for ${clip} at ${scale}`)
    }
    await step.close()
  }
})

const overflowing: Record<string, object> = {
  'dense layers': { input: table, model: { kind: 'mlp', layers: [dense, dense] } },
  convolutions: cnn({ ...conv, activation: 'relu' }, pool, { ...conv, activation: 'relu' }, dense),
  'normalised vectors': {
    input: table,
    model: { kind: 'mlp', layers: [dense, { kind: 'layer-norm' }, dense] },
  },
  'an embedding': {
    input: codes(['u', 'v', 'w'], ['x', 'y']),
    model: { kind: 'mlp', layers: [embedding, dense] },
  },
}

for (const [what, part] of Object.entries(overflowing))
  test(`${what}: an example that overflows counts as nothing, and spoils no other`, async () => {
    const recipe = recipeOf(part)
    const spoiling = 2
    /** What a batch gives in which one example has another weight, or inputs that overflow. */
    const sumOf = async ({ scale = 1, weight = 1 }): Promise<Float32Array> => {
      const { plan, memory, inputs, labels, size } = prepare(recipe)
      const clipping = { clip: 1, divisor: 4 }
      const step = await openClippedStep(plan, {
        loss: lossOf(recipe),
        clipping,
        rowsMax: 8,
        memory,
        threads: 1,
      })
      const batch = step.batch(8)
      const isScaled = (index: number): boolean => Math.floor(index / size) === spoiling
      batch.inputs.set(inputs.map((value, index) => (isScaled(index) ? value * scale : value)))
      batch.labels.set(labels)
      batch.weights.fill(1, 0, rows)
      batch.weights[spoiling] = weight
      step.drawMasks(8, createRandom(4))
      await step.run(8, 'gradients')
      await step.close()
      return memory.gradients.slice()
    }
    const [spoilt, without, whole] = [
      await sumOf({ scale: 3e38 }),
      await sumOf({ weight: 0 }),
      await sumOf({}),
    ]
    assert.ok(distance(spoilt, without) < 1e-5, `${distance(spoilt, without)}`)
    assert.ok(distance(whole, without) > 1e-3, 'otherwise it counts')
  })
