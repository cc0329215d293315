import assert from 'node:assert/strict'
import test from 'node:test'
import { parseRecipe } from '@consort/protocol'
import { openScorer } from '../executor/scorer.ts'
import { initialWeights } from './initial-weights.ts'
import { planModel } from './model-plan.ts'

const units = (activation: string) => ({ kind: 'dense', units: 2, activation })
const input = { kind: 'table', features: ['a', 'b'].map(name => ({ name, kind: 'number' })) }

function recipeOf(residual: object) {
  return parseRecipe({
    recipe: 1,
    name: 'residual',
    dataset: 'residual',
    task: { kind: 'classification', classes: ['x', 'y', 'z'] },
    input,
    model: {
      kind: 'mlp',
      layers: [{ kind: 'residual', layers: [units('tanh'), units('none')], ...residual }],
    },
  })
}

const inputs = Float32Array.of(0.4, -1.2, 2, 0.3, -0.7, 0.1)

for (const [what, residual] of Object.entries({
  'the same': { activation: 'relu' },
  'what a shortcut makes of it': { shortcut: [units('sigmoid')] },
})) {
  test(`what comes in passes by: what layers make is added to ${what}`, async () => {
    const recipe = recipeOf(residual)
    const plan = planModel(recipe)
    const weights = initialWeights(plan, 5).map((value, index) => value + 0.05 * (index % 3))
    const part = (name: string): Float32Array => {
      const { offset, size } = plan.layout.tensors.find(tensor => tensor.name === name)!
      return weights.subarray(offset, offset + size)
    }
    const dense = (name: string, x: number[]): number[] =>
      [...part(`${name}.bias`)].map((bias, row) =>
        x.reduce(
          (sum, value, column) => sum + value * part(`${name}.weight`)[row * x.length + column]!,
          bias,
        ),
      )
    const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value))
    const expected = [0, 1, 2].flatMap(record => {
      const x = [...inputs.subarray(2 * record, 2 * record + 2)]
      const made = dense('dense2', dense('dense1', x).map(Math.tanh))
      const isSame = 'activation' in residual
      const passed = isSame ? x : dense('dense3', x).map(sigmoid)
      const sum = made.map((value, index) => value + passed[index]!)
      return dense('output', isSame ? sum.map(value => Math.max(0, value)) : sum)
    })
    const labels = Int32Array.of(0, 1, 2)
    const scorer = await openScorer(recipe, { count: 3, inputShape: [2], inputs, labels })
    const scores = await scorer.score(weights)
    await scorer.close()
    for (const [index, value] of expected.entries()) {
      assert.ok(Math.abs(scores[index]! - value) < 1e-5, `${scores[index]} for ${value}`)
    }
  })
}
