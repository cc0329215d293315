import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom, parseRecipe, type Random, type Recipe, Refusal } from '@consort/protocol'
import { planModel } from '../model/model-plan.ts'
import {
  clippedGradients,
  distance,
  loopedGradients,
  median,
  norm,
  weightedSum,
} from '../testing/example-loop.ts'

const networks = 300

/** Layers and sizes by chance; most fit together. */
function anyRecipe({ integer }: Random): Recipe {
  const oneOf = <T>(values: readonly T[]): T => values[integer(values.length)]!
  const activation = () => oneOf(['none', 'relu', 'sigmoid', 'tanh'])
  const conv = () => ({
    kind: 'conv',
    filters: oneOf([2, 4, 6]),
    kernel: 1 + integer(4),
    stride: 1 + integer(3),
    padding: integer(4),
    dilation: 1 + integer(2),
    groups: oneOf([1, 1, 2]),
    activation: activation(),
  })
  const pool = () => ({
    kind: oneOf(['max-pool', 'max-pool', 'average-pool']),
    size: 2 + integer(2),
    ...(integer(3) === 0 && { stride: 1 + integer(3) }),
  })
  const layerNorm = () => ({ kind: 'layer-norm', activation: activation() })
  const groupNorm = () => ({ kind: 'group-norm', groups: oneOf([1, 2]), activation: activation() })
  const residual = () => {
    const shaping = { ...conv(), filters: 4, groups: 1 }
    const layers = oneOf([
      { layers: [groupNorm(), layerNorm()] },
      { layers: [layerNorm(), shaping, groupNorm()], shortcut: [{ ...shaping, activation: activation() }] },
    ])
    return { kind: 'residual', ...layers, activation: activation() }
  }
  const plane = Array.from({ length: 1 + integer(4) }, () =>
    oneOf([conv, conv, pool, pool, groupNorm, layerNorm, residual])(),
  )
  const dense = Array.from({ length: integer(3) }, () =>
    integer(4) === 0 ? layerNorm() : { kind: 'dense', units: 1 + integer(9), activation: activation() },
  )
  const dropout = integer(2) === 0 ? [{ kind: 'dropout', rate: 0.3 }] : []
  const isRegression = integer(4) === 0
  return parseRecipe({
    recipe: 1,
    name: 'any',
    dataset: 'any',
    task: isRegression ? { kind: 'regression' } : { kind: 'classification', classes: ['a', 'b', 'c'] },
    input: { kind: 'images', height: 9 + integer(8), width: 9 + integer(8), channels: oneOf([1, 3]) },
    model: { kind: 'cnn', layers: [...plane, ...dropout, ...dense] },
  })
}

test('networks made by chance have the clipped sum of a loop over examples', async () => {
  let tried = 0
  for (let seed = 1; tried < networks; seed++) {
    const recipe = anyRecipe(createRandom(seed))
    if (!fits(recipe)) continue
    tried += 1
    const single = await loopedGradients(recipe)
    const clip = median(single.map(norm))
    const actual = await clippedGradients(recipe, { clip, divisor: 3 })
    const expected = weightedSum(single, gradient => Math.min(1, clip / norm(gradient)) / 3)
    const apart = distance(actual, expected)
    // Normalising values that hardly differ makes the rounding before it up to 1/√ε = 300 times as large.
    const tolerance = JSON.stringify(recipe.model).includes('-norm') ? 1e-3 : 1e-4
    assert.ok(apart < tolerance, `seed ${seed}: ${apart}\n${JSON.stringify(recipe.model)}`)
  }
})

function fits(recipe: Recipe): boolean {
  try {
    planModel(recipe)
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}
