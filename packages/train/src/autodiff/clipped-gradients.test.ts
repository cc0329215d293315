import assert from 'node:assert/strict'
import test from 'node:test'
import { Refusal } from '@consort/protocol'
import { Graph, type Value } from '../graph/graph.ts'
import { add, mul, tanh } from '../ops/elementwise.ts'
import { gemm, matmul } from '../ops/linear.ts'
import { gather, integers, reshape } from '../ops/movement.ts'
import { reduceSum } from '../ops/reduction.ts'
import { assertClose, numbers, runGraph } from '../testing/run-graph.ts'
import { clippedGradients } from './clipped-gradients.ts'

const clipping = { clip: 1, divisor: 1 }

interface Inputs {
  /** [3, 3] */
  x: Value
  /** [3, 3] */
  weight: Value
}

const refused: Record<string, [build: (of: Inputs) => Value, says: RegExp]> = {
  'a parameter used twice': [
    ({ x, weight }) => gemm(tanh(gemm(x, weight)), weight),
    /w is used more than once/,
  ],
  'an operator without a rule': [({ x, weight }) => matmul(x, weight), /MatMul/],
  'a parameter that is added': [({ x, weight }) => add(x, weight), /Add/],
  'examples in columns': [({ x, weight }) => gemm(x, weight, { transA: true }), /rows are no examples/],
  'rows that belong to no example': [
    ({ weight }) => gather(weight, integers(weight.graph, [2, 0])),
    /rows that are not taken by examples/,
  ],
  'columns of a parameter': [
    ({ weight }) => gather(weight, reshape(integers(weight.graph, [2, 0]), [2, 1]), 1),
    /rows that are not taken by examples/,
  ],
  'a parameter in the place of examples': [({ x, weight }) => gemm(weight, x), /rows are no examples/],
}
for (const [what, [build, says]] of Object.entries(refused)) {
  test(`refused with a reason: ${what}`, () => {
    const graph = new Graph()
    const [x, weight] = [graph.input('x', [3, 3]), graph.input('w', [3, 3])]
    const output = build({ x, weight })
    const loss = reduceSum(
      output,
      output.shape.map((_, axis) => axis),
    )
    assert.throws(
      () => clippedGradients(loss, [weight], clipping),
      (error: unknown) => {
        assert.ok(error instanceof Refusal)
        assert.equal(error.code, 'recipe-invalid')
        assert.equal(error.path, 'privacy.differentialPrivacy')
        assert.match(error.message, says)
        return true
      },
    )
  })
}

test('a composite without a rule for single examples is refused', () => {
  const graph = new Graph()
  const [x, weight] = [graph.input('x', [3, 3]), graph.input('w', [3, 3])]
  const output = graph.composite(matmul(x, weight), { inputs: [x, weight], rule: () => [null, null] })
  assert.throws(() => clippedGradients(reduceSum(output, [0, 1]), [weight], clipping), {
    code: 'recipe-invalid',
  })
})

test('weights that are not transposed, and a bias alone, are clipped by the norm of both', async () => {
  const clip = 0.4
  const graph = new Graph()
  const [x, weight, bias] = [graph.input('x', [3, 4]), graph.input('w', [4, 2]), graph.input('b', [2])]
  const slope = numbers([3, 2], 6)
  const output = mul(gemm(x, weight, { bias }), graph.constant(slope, [3, 2]))
  const { sums } = clippedGradients(reduceSum(output, [0, 1]), [bias, weight], { clip, divisor: 3 })
  graph.output('bias', sums[0]!)
  graph.output('weight', sums[1]!)
  const inputs = numbers([3, 4], 5)
  const actual = await runGraph(graph, { x: inputs, w: numbers([4, 2], 2), b: new Float32Array(2) })

  const expected = { bias: new Float64Array(2), weight: new Float64Array(8) }
  const norms = [0, 1, 2].map(row => {
    const ofInput = Math.hypot(1, ...inputs.subarray(4 * row, 4 * row + 4))
    return ofInput * Math.hypot(...slope.subarray(2 * row, 2 * row + 2))
  })
  assert.ok(Math.min(...norms) < clip && Math.max(...norms) > clip, `${norms}`)
  for (const [row, norm] of norms.entries()) {
    for (let column = 0; column < 2; column++) {
      const by = (Math.min(1, clip / norm) * slope[2 * row + column]!) / 3
      expected.bias[column]! += by
      for (let input = 0; input < 4; input++)
        expected.weight[2 * input + column]! += by * inputs[4 * row + input]!
    }
  }
  assertClose(actual.bias!, expected.bias, 2e-5, 'bias')
  assertClose(actual.weight!, expected.weight, 2e-5, 'weight')
})

/** Each example takes rows of a table [4, 2]; `slopes` [3, places, 2] are the gradients of what it takes. */
async function clippedRows(taken: readonly number[][], slopes: Float32Array, clip: number) {
  const places = taken[0]!.length
  const graph = new Graph()
  const table = graph.input('table', [4, 2])
  const rows = gather(table, reshape(integers(graph, taken.flat()), [taken.length, places]))
  const loss = reduceSum(mul(rows, graph.constant(slopes, [taken.length, places, 2])), [0, 1, 2])
  const { sums, norms } = clippedGradients(loss, [table], { clip, divisor: 1 })
  graph.output('sum', sums[0]!)
  graph.output('norms', norms)
  const found = await runGraph(graph, { table: numbers([4, 2], 2) })
  return { sum: found.sum!, norms: found.norms! }
}

/** Of each example, as a whole table. */
function rowGradients(taken: readonly number[][], slopes: Float32Array): Float64Array[] {
  return taken.map((rows, example) => {
    const gradient = new Float64Array(8)
    for (const [place, row] of rows.entries()) {
      for (let d = 0; d < 2; d++) gradient[2 * row + d]! += slopes[2 * (example * rows.length + place) + d]!
    }
    return gradient
  })
}

test('rows that one example takes more than once are added up before they are measured', async () => {
  const taken = [
    [2, 0, 2, 2, 0],
    [1, 3, 0, 2, 1],
    [3, 3, 3, 3, 3],
  ]
  const slopes = numbers([3, 5, 2], 6)
  const clip = 0.9
  const { sum, norms } = await clippedRows(taken, slopes, clip)
  const each = rowGradients(taken, slopes)
  const expectedNorms = each.map(gradient => Math.hypot(...gradient))
  assert.ok(Math.min(...expectedNorms) < clip && Math.max(...expectedNorms) > clip, `${expectedNorms}`)
  assertClose(norms, expectedNorms, 1e-5, 'norms')
  const clippedBy = (by: readonly number[]): number[] =>
    Array.from({ length: 8 }, (_, index) =>
      each.reduce((total, gradient, row) => total + Math.min(1, clip / by[row]!) * gradient[index]!, 0),
    )
  assertClose(sum, clippedBy(expectedNorms), 2e-5, 'sum')

  const placeByPlace = each.map((_, row) => Math.hypot(...slopes.subarray(10 * row, 10 * row + 10)))
  const wrong = {
    'a norm that takes no notice of it': clippedBy(placeByPlace),
    'no clipping': clippedBy([0, 0, 0]),
  }
  for (const [fault, values] of Object.entries(wrong)) {
    assert.throws(() => assertClose(sum, values, 1e-3, fault), 'would not be seen')
  }
})

test('rows whose gradients nearly cancel count by what is left of them, with at most the clipping norm', async () => {
  const [v, w] = [8_000, 6_000]
  const slopes = Float32Array.of(v, w, -v - 1, -w - 1, 0, 0, v, w, -v, -w, 0, 0, 0, 0, 0, 0, 0, 0)
  const taken = [
    [1, 1, 0],
    [2, 2, 0],
    [3, 0, 1],
  ]
  const clip = 0.5
  const { sum, norms } = await clippedRows(taken, slopes, clip)
  assertClose(norms, [Math.SQRT2, 0, 0], 1e-4, 'norms')
  assertClose(sum, [0, 0, -Math.SQRT1_2 / 2, -Math.SQRT1_2 / 2, 0, 0, 0, 0], 1e-4, 'sum')
  assert.ok(Math.hypot(...sum) <= clip, `${Math.hypot(...sum)}`)

  // Products of pairs in float32, Σ [same row]·⟨ȳ, ȳ⟩, cannot see what is left.
  const pairs = [0, 2].flatMap(p => [0, 2].map(q => Math.fround(dot(slopes, p, q))))
  const squared = pairs.reduce((total, value) => Math.fround(total + value), 0)
  assert.ok(Math.abs(squared - 2) > 1, `${squared}`)
})

function dot(values: Float32Array, p: number, q: number): number {
  return Math.fround(values[p]! * values[q]!) + Math.fround(values[p + 1]! * values[q + 1]!)
}
