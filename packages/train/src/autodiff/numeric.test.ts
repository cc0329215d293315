import test from 'node:test'
import type { Value } from '../graph/graph.ts'
import type { DifferentiableName } from '../graph/operators.ts'
import * as elementwise from '../ops/elementwise.ts'
import { gemm, matmul } from '../ops/linear.ts'
import * as movement from '../ops/movement.ts'
import * as reduction from '../ops/reduction.ts'
import { averagePool, conv, globalAveragePool, maxPool } from '../ops/window.ts'
import { assertGradients, type Check, type Input } from '../testing/numeric-gradients.ts'
import { numbers } from '../testing/run-graph.ts'

type Build = (...inputs: never[]) => Value
const check = (inputs: readonly Input[], build: Build): Check => ({ inputs, build: build as Check['build'] })
const unary = (build: (x: Value) => Value, low = -1, high = 1): Check[] => [
  check([[[3, 4], low, high]], build),
]
const reduce = (
  build: (x: Value, axes: number[], keepdims?: 0 | 1) => Value,
  low = -1,
  high = 1,
): Check[] => [
  check([[[2, 3, 4], low, high]], (x: Value) => build(x, [1])),
  check([[[2, 3, 4], low, high]], (x: Value) => build(x, [0, 2], 1)),
]
const pair: Input[] = [[[2, 3, 4]], [[3, 1], 0.5, 2]]

/** At least one check for every operator that differentiates: a missing one does not compile. */
const checks: Record<DifferentiableName, Check[]> = {
  Add: [check(pair, (a: Value, b: Value) => elementwise.add(a, b))],
  Sub: [
    check(pair, (a: Value, b: Value) => elementwise.sub(a, b)),
    check(pair, (a: Value, b: Value) => elementwise.sub(b, a)),
  ],
  Mul: [check(pair, (a: Value, b: Value) => elementwise.mul(a, b))],
  Div: [check(pair, (a: Value, b: Value) => elementwise.div(a, b))],
  Pow: [
    check(
      [
        [[3, 4], 0.5, 2],
        [[4], 1, 3],
      ],
      (a: Value, b: Value) => elementwise.pow(a, b),
    ),
    ...unary(x => elementwise.pow(x, 3)),
  ],
  Max: [
    check([[[3, 4]], [[3, 4], -0.9, 1.1], [[4], -1.05, 1.2]], (...x: Value[]) =>
      elementwise.max(x[0]!, x[1]!, x[2]!),
    ),
  ],
  Min: [check([[[3, 4]], [[1, 4], -0.9, 1.1]], (a: Value, b: Value) => elementwise.min(a, b))],
  Neg: unary(elementwise.neg),
  Sqrt: unary(elementwise.sqrt, 0.5, 2),
  Erf: unary(elementwise.erf, -2, 2),
  Exp: unary(elementwise.exp),
  Log: unary(elementwise.log, 0.5, 2),
  Relu: unary(elementwise.relu),
  Sigmoid: unary(elementwise.sigmoid, -3, 3),
  Tanh: unary(elementwise.tanh, -2, 2),
  Softplus: unary(elementwise.softplus, -3, 3),
  Where: [
    check([[[3, 4]], [[4]]], (a: Value, b: Value) =>
      elementwise.where(elementwise.greater(a.graph.constant(numbers([3, 4], 8), [3, 4]), 0), a, b),
    ),
  ],
  Softmax: [...unary(x => elementwise.softmax(x)), ...unary(x => elementwise.softmax(x, 0))],
  LogSoftmax: [...unary(x => elementwise.logSoftmax(x)), ...unary(x => elementwise.logSoftmax(x, 0))],
  MatMul: [
    check([[[3, 4]], [[4, 2]]], (a: Value, b: Value) => matmul(a, b)),
    check([[[2, 1, 3, 4]], [[5, 4, 2]]], (a: Value, b: Value) => matmul(a, b)),
  ],
  Gemm: [false, true].flatMap(transA =>
    [false, true].map(transB =>
      check(
        [[transA ? [4, 3] : [3, 4]], [transB ? [2, 4] : [4, 2]], [[2]]],
        (a: Value, b: Value, bias: Value) => gemm(a, b, { transA, transB, bias }),
      ),
    ),
  ),
  Conv: [
    check([[[2, 2, 6, 5]], [[3, 2, 3, 2]], [[3]]], (x: Value, w: Value, b: Value) => conv(x, w, b)),
    check([[[1, 2, 7, 8]], [[2, 2, 2, 3]]], (x: Value, w: Value) =>
      conv(x, w, null, { stride: [2, 3], pads: [1, 0, 2, 1], dilation: [2, 1] }),
    ),
    check([[[2, 4, 5, 5]], [[4, 2, 3, 3]], [[4]]], (x: Value, w: Value, b: Value) =>
      conv(x, w, b, { groups: 2, stride: [2, 2], pads: [1, 1, 1, 1] }),
    ),
  ],
  MaxPool: [
    check([[[2, 2, 5, 6]]], (x: Value) => maxPool(x, 2)),
    check([[[1, 2, 7, 7]]], (x: Value) => maxPool(x, 3, 2)),
    check([[[1, 2, 7, 7]]], (x: Value) => maxPool(x, 2, 3)),
  ],
  AveragePool: [
    check([[[2, 2, 5, 6]]], (x: Value) => averagePool(x, 2)),
    check([[[1, 2, 7, 7]]], (x: Value) => averagePool(x, 3, 2)),
  ],
  GlobalAveragePool: [check([[[2, 3, 4, 5]]], (x: Value) => globalAveragePool(x))],
  Reshape: unary(x => movement.reshape(x, [2, 6])),
  Flatten: [check([[[2, 3, 4]]], (x: Value) => movement.flatten(x))],
  Transpose: [check([[[2, 3, 4]]], (x: Value) => movement.transpose(x, [1, 2, 0]))],
  Expand: [check([[[3, 1]]], (x: Value) => movement.expand(x, [2, 3, 4]))],
  Concat: [check([[[2, 1, 3]], [[2, 2, 3]]], (a: Value, b: Value) => movement.concat([a, b, a], 1))],
  Slice: [
    check([[[4, 7]]], (x: Value) => movement.slice(x, [{ axis: 1, start: 2, count: 3 }])),
    check([[[4, 7]]], (x: Value) => movement.slice(x, [{ axis: 0, start: 0, count: 2, step: 3 }])),
  ],
  Gather: [
    check([[[5, 3]]], (x: Value) => movement.gather(x, movement.integers(x.graph, [4, 0, 4]))),
    check([[[2, 5, 3]]], (x: Value) =>
      movement.gather(x, movement.reshape(movement.integers(x.graph, [1, 1, 3, 0]), [2, 2]), 1),
    ),
  ],
  ReduceSum: reduce(reduction.reduceSum),
  ReduceMean: reduce(reduction.reduceMean),
  ReduceProd: reduce(reduction.reduceProd, 0.5, 1.5),
}

for (const [operator, list] of Object.entries(checks)) {
  test(`${operator}: gradients equal central differences`, async () => {
    for (const one of list) await assertGradients(one)
  })
}
