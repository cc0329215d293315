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

test('normalisation and embeddings have weights with PyTorch’s names and shapes', () => {
  const shapesOf = (part: object) =>
    planModel(parseRecipe({ ...article, ...part })).layout.tensors.map(({ name, shape }) => [name, shape])
  const groupNorm = { kind: 'group-norm', groups: 4 }
  const conv = { kind: 'conv', filters: 8, kernel: 3 }
  const cnn = { model: { kind: 'cnn', layers: [conv, groupNorm, { kind: 'layer-norm' }, groupNorm] } }
  assert.deepEqual(shapesOf(cnn).slice(2, -2), [
    ['group-norm1.weight', [8]],
    ['group-norm1.bias', [8]],
    ['layer-norm1.weight', [8, 26, 26]],
    ['layer-norm1.bias', [8, 26, 26]],
    ['group-norm2.weight', [8]],
    ['group-norm2.bias', [8]],
  ])
  const category = { kind: 'category', values: ['a', 'b'] }
  const features = [
    { name: 'n', kind: 'number' },
    { ...category, name: 'c' },
    { ...category, name: 'd' },
  ]
  const layers = [{ kind: 'embedding', dimensions: 5 }, { kind: 'layer-norm' }]
  const table = { input: { kind: 'table', features }, model: { kind: 'mlp', layers } }
  assert.deepEqual(shapesOf(table).slice(0, -1), [
    ['embedding1.weight', [4, 5]],
    ['layer-norm1.weight', [11]],
    ['layer-norm1.bias', [11]],
    ['output.weight', [10, 11]],
  ])
  const plan = planModel(parseRecipe({ ...article, ...table }))
  const weights = initialWeights(plan, 3)
  const largest = weights.subarray(0, 20).reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  assert.ok(largest < Math.sqrt(3 / 5) && largest > 0.5 * Math.sqrt(3 / 5), `${largest}`)
  assert.deepEqual([...weights.subarray(20, 42)], [...new Array(11).fill(1), ...new Array(11).fill(0)])
})

test('layers of a residual are counted with those around it', () => {
  const conv = { kind: 'conv', filters: 1, kernel: 1 }
  const residual = { kind: 'residual', layers: [conv, conv], shortcut: [conv] }
  const plan = planModel(layersOf(conv, residual, conv))
  assert.deepEqual(
    plan.layout.tensors.map(({ name }) => name).filter(name => name.endsWith('weight')),
    ['conv1', 'conv2', 'conv3', 'conv4', 'conv5', 'output'].map(name => `${name}.weight`),
  )
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
  [
    'a group of part of a channel',
    [
      { kind: 'conv', filters: 6, kernel: 3 },
      { kind: 'group-norm', groups: 4 },
    ],
    'model.layers[1].groups',
    /6 channels do not split into 4/,
  ],
  [
    'groups of one value',
    [
      { kind: 'conv', filters: 6, kernel: 28 },
      { kind: 'group-norm', groups: 6 },
    ],
    'model.layers[1].groups',
    /single value/,
  ],
  [
    'groups of a vector',
    [
      { kind: 'dense', units: 6 },
      { kind: 'group-norm', groups: 2 },
    ],
    'model.layers[1]',
    /already made a vector/,
  ],
  [
    'a residual whose layers change the shape',
    [{ kind: 'residual', layers: [{ kind: 'conv', filters: 4, kernel: 3 }] }],
    'model.layers[0].shortcut',
    /make 4 × 26 × 26, the shortcut 1 × 28 × 28/,
  ],
  [
    'a layer in a residual that does not fit',
    [
      { kind: 'conv', filters: 4, kernel: 3 },
      {
        kind: 'residual',
        layers: [
          { kind: 'dropout', rate: 0.1 },
          { kind: 'group-norm', groups: 3 },
        ],
      },
    ],
    'model.layers[1].layers[1].groups',
    /4 channels do not split into 3/,
  ],
  [
    'a shortcut that does not fit',
    [
      {
        kind: 'residual',
        layers: [{ kind: 'dropout', rate: 0.1 }],
        shortcut: [{ kind: 'max-pool', size: 29 }],
      },
    ],
    'model.layers[0].shortcut[0].size',
    /29 does not fit into 28/,
  ],
  [
    'one value to normalise',
    [{ kind: 'dense', units: 1 }, { kind: 'layer-norm' }],
    'model.layers[1]',
    /single value/,
  ],
]
for (const [what, layers, path, message] of misfits) {
  test(`${what} is refused with its path`, () => {
    assert.throws(() => planModel(layersOf(...layers)), { code: 'recipe-invalid', path, message })
  })
}

test('an embedding that is not first, or has no category to read, is refused with its path', () => {
  const embedding = { kind: 'embedding', dimensions: 2 }
  const category = { name: 'c', kind: 'category', values: ['a', 'b'] }
  const refused: [object, object[], string, RegExp][] = [
    [
      { kind: 'table', features: [category] },
      [{ kind: 'dense', units: 4 }, embedding],
      'model.layers[1]',
      /first/,
    ],
    [{ kind: 'table', features: [category] }, [embedding, embedding], 'model.layers[1]', /first/],
    [
      { kind: 'table', features: [{ name: 'n', kind: 'number' }] },
      [embedding],
      'model.layers[0]',
      /category/,
    ],
    [{ kind: 'images', height: 4, width: 4 }, [embedding], 'model.layers[0]', /table/],
  ]
  for (const [input, layers, path, message] of refused) {
    const recipe = parseRecipe({ ...article, input, model: { kind: 'mlp', layers } })
    assert.throws(() => planModel(recipe), { code: 'recipe-invalid', path, message })
  }
})

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
