import assert from 'node:assert/strict'
import test from 'node:test'
import { inputShapeOf, parseRecipe, type Recipe } from '@consort/protocol'
import { Tensor } from 'onnxruntime-node'
import { gradients } from '../autodiff/gradients.ts'
import { openScorer } from '../executor/scorer.ts'
import { openSession } from '../executor/session.ts'
import { Graph } from '../graph/graph.ts'
import { mul } from '../ops/elementwise.ts'
import { reduceSum } from '../ops/reduction.ts'
import { assertClose, numbers, runGraph } from '../testing/run-graph.ts'
import { embedded, embeddedColumns } from './embedding.ts'
import { exportModel } from './export-model.ts'
import { initialWeights } from './initial-weights.ts'
import { planModel } from './model-plan.ts'

const dimensions = 3
const category = (name: string, ...values: string[]) => ({ name, kind: 'category', values })

function recipeOf(shared: boolean): Recipe {
  return parseRecipe({
    recipe: 1,
    name: 'codes',
    dataset: 'codes',
    task: { kind: 'classification', classes: ['no', 'yes'] },
    input: {
      kind: 'table',
      features: [
        category('first', 'a', 'b', 'c'), // places 0 … 2
        { name: 'age', kind: 'number', missing: 'indicator' }, // 3 and 4
        { ...category('sex', 'f', 'm'), missing: 'indicator' }, // 5 … 7
        category('second', 'a', 'b', 'c'), // 8 … 10
        { ...category('third', 'a', 'b', 'c'), unknown: 'indicator' }, // 11 … 14
        { name: 'weight', kind: 'number' }, // 15
        category('only', 'x'), // 16
      ],
    },
    model: { kind: 'mlp', layers: [{ kind: 'embedding', dimensions, shared }] },
  })
}

test('each category has rows for its values and indicators; shared ones, where they mean the same, once', () => {
  const places = [
    { offset: 0, width: 3 },
    { offset: 5, width: 3 },
    { offset: 8, width: 3 },
    { offset: 11, width: 4 },
    { offset: 16, width: 1 },
  ]
  const firstRows = { own: [0, 3, 6, 9, 13], shared: [0, 3, 0, 6, 10] }
  for (const [name, shared, rows] of [
    ['own', false, 14],
    ['shared', true, 11],
  ] as const) {
    assert.deepEqual(embeddedColumns(recipeOf(shared).input, { shared }), {
      numbers: [3, 4, 15],
      categories: places.map((place, index) => ({ ...place, firstRow: firstRows[name][index] })),
      rows,
    })
  }
})

/** Three records: all recorded; with indicators; nothing recorded. */
const records = [
  [1, 0, 0, 2.5, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, -1, 1],
  [0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 4, 1],
  [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
]

async function embed(shared: boolean, inputs: readonly (readonly number[])[]) {
  const recipe = recipeOf(shared)
  const columns = embeddedColumns(recipe.input, { shared })
  const graph = new Graph()
  const input = graph.input('input', [inputs.length, ...inputShapeOf(recipe.input)])
  const weight = graph.input('weight', [columns.rows, dimensions])
  const output = embedded(input, weight, columns)
  const slopes = numbers(output.shape, 9)
  const loss = reduceSum(mul(output, graph.constant(slopes, output.shape)), [0, 1])
  graph.output('output', output)
  graph.output('gradient', gradients(loss, [weight])[0]!)
  const weights = numbers(weight.shape, 2)
  const { output: vectors, gradient } = await runGraph(graph, {
    input: Float32Array.from(inputs.flat()),
    weight: weights,
  })
  return { columns, weights, slopes, width: output.shape[1]!, output: vectors!, gradient: gradient! }
}

for (const shared of [false, true]) {
  test(`an embedding is a product with 0/1 features, and so is its gradient (shared: ${shared})`, async () => {
    const { columns, weights, slopes, width, output, gradient } = await embed(shared, records)
    const expected = { output: [] as number[], gradient: new Array<number>(weights.length).fill(0) }
    for (const [row, record] of records.entries()) {
      const vectors = columns.categories.map(({ offset, width, firstRow }, column) => {
        const vector = new Array<number>(dimensions).fill(0)
        for (let place = 0; place < width; place++) {
          for (let d = 0; d < dimensions; d++) {
            const at = (firstRow + place) * dimensions + d
            const slope = slopes[row * vectorsEnd + columns.numbers.length + column * dimensions + d]!
            vector[d]! += record[offset + place]! * weights[at]!
            expected.gradient[at]! += record[offset + place]! * slope
          }
        }
        return vector
      })
      expected.output.push(...columns.numbers.map(place => record[place]!), ...vectors.flat())
    }
    assert.equal(width, vectorsEnd)
    assertClose(output, expected.output, 1e-6, 'output')
    assertClose(gradient, expected.gradient, 1e-6, 'gradient')
    const ofRows = Array.from({ length: columns.rows }, (_, row) =>
      gradient.slice(row * dimensions, (row + 1) * dimensions),
    )
    assert.equal(ofRows.filter(row => row.some(value => value !== 0)).length, shared ? 8 : 9)
  })
}

/** Three numbers and five categories. */
const vectorsEnd = 3 + 5 * dimensions

test('whatever the numbers are, no row of another column is looked up', async () => {
  const extremes = [1e30, -1e30, 3e38, Number.NaN, Number.POSITIVE_INFINITY, -5, 2.5]
  for (const extreme of extremes) {
    const inputs = [records[0]!.map(value => (value === 1 ? extreme : value)), records[0]!]
    const [{ output }, calm] = [await embed(false, inputs), await embed(false, [records[0]!, records[0]!])]
    assertClose(output.slice(vectorsEnd), calm.output.slice(vectorsEnd), 0, `beside ${extreme}`)
  }
})

test('an exported embedding scores any batch as the scorer does', async () => {
  const recipe = recipeOf(true)
  const weights = initialWeights(planModel(recipe), 5)
  const session = await openSession(exportModel(recipe, weights, 'ver_test'), 1)
  for (const count of [1, 3]) {
    const inputs = Float32Array.from(records.slice(0, count).flat())
    const examples = { count, inputShape: [17], inputs, labels: new Int32Array(count) }
    const scorer = await openScorer(recipe, examples)
    const expected = await scorer.score(weights)
    await scorer.close()
    const { scores } = await session.run({ input: new Tensor('float32', inputs, [count, 17]) })
    assertClose(scores!.data as Float32Array, expected, 1e-6, 'scores')
    assert.ok(expected.some(score => Math.abs(score) > 0.01))
  }
  await session.release()
})
