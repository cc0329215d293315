import assert from 'node:assert/strict'
import test from 'node:test'
import { parseRecipe, presetRecipe } from '@consort/protocol'
import { initialWeights } from './initial-weights.ts'
import { planModel } from './model-plan.ts'

const article = presetRecipe('mnist-article')

test('the article’s network has the parameters that the article counts', () => {
  const plan = planModel(article)
  assert.deepEqual(
    plan.layout.tensors.map(({ name, shape }) => [name, shape]),
    [
      ['conv1.weight', [32, 1, 3, 3]],
      ['conv1.bias', [32]],
      ['dense1.weight', [64, 32 * 26 * 26]],
      ['dense1.bias', [64]],
      ['output.weight', [10, 64]],
      ['output.bias', [10]],
    ],
  )
  assert.equal(plan.layout.size, 1_385_482)
})

test('one class pair under the sigmoid loss needs one output', () => {
  assert.equal(planModel(presetRecipe('table-logistic')).outputs, 1)
  assert.deepEqual(planModel(presetRecipe('table-logistic')).inputShape, [5])
})

const layersOf = (...layers: object[]) => parseRecipe({ ...article, model: { kind: 'cnn', layers } })
const misfits: [string, object[], string, RegExp][] = [
  [
    'a kernel larger than the picture',
    [{ kind: 'conv', filters: 4, kernel: 29 }],
    'model.layers[0].kernel',
    /29 does not fit into 28/,
  ],
  [
    'a convolution after a vector',
    [
      { kind: 'dense', units: 4 },
      { kind: 'conv', filters: 4, kernel: 3 },
    ],
    'model.layers[1]',
    /already made a vector/,
  ],
  [
    'groups that do not divide',
    [{ kind: 'conv', filters: 4, kernel: 3, groups: 3 }],
    'model.layers[0].groups',
    /3 groups/,
  ],
  [
    'a pool larger than what is left',
    [
      { kind: 'max-pool', size: 20 },
      { kind: 'max-pool', size: 2 },
    ],
    'model.layers[1].size',
    /2 does not fit into 1/,
  ],
]
for (const [what, layers, path, message] of misfits) {
  test(`${what} is refused with its path`, () => {
    assert.throws(() => planModel(layersOf(...layers)), { code: 'recipe-invalid', path, message })
  })
}

test('initial weights are within Glorot’s bounds, biases zero, and equal for equal seeds', () => {
  const plan = planModel(article)
  const weights = initialWeights(plan, 9)
  assert.deepEqual(initialWeights(plan, 9), weights)
  assert.notDeepEqual(initialWeights(plan, 10), weights)
  const { offset, size } = plan.layout.tensors[2]!
  const bound = Math.sqrt(6 / (32 * 26 * 26 + 64))
  const part = weights.subarray(offset, offset + size)
  const largest = part.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  assert.ok(largest <= Math.fround(bound) && largest > 0.99 * bound)
  assert.ok(
    weights
      .subarray(plan.layout.tensors[3]!.offset)
      .subarray(0, 64)
      .every(value => value === 0),
  )
})
