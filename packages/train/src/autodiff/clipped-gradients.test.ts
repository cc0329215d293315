import assert from 'node:assert/strict'
import test from 'node:test'
import { Refusal } from '@consort/protocol'
import { Graph, type Value } from '../graph/graph.ts'
import { add, mul, tanh } from '../ops/elementwise.ts'
import { gemm, matmul } from '../ops/linear.ts'
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
  'a parameter in the place of examples': [({ x, weight }) => gemm(weight, x), /rows are no examples/],
}
for (const [what, [build, says]] of Object.entries(refused)) {
  test(`refused with a reason: ${what}`, () => {
    const graph = new Graph()
    const [x, weight] = [graph.input('x', [3, 3]), graph.input('w', [3, 3])]
    const loss = reduceSum(build({ x, weight }), [0, 1])
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
