import type { Value } from '../graph/graph.ts'
import type { OperatorName } from '../graph/operators.ts'
import { reducedShape } from '../graph/shapes.ts'
import { integers } from './movement.ts'

type Reduction = Extract<OperatorName, `Reduce${string}`>

/** Over `axes` (not negative); reduced axes stay with length 1 when `keepdims` is 1. */
function reduction(operator: Reduction) {
  return (x: Value, axes: readonly number[], keepdims: 0 | 1 = 0): Value => {
    const shape = reducedShape(x.shape, axes, keepdims)
    return x.graph.apply(operator, [x, integers(x.graph, axes)], { keepdims }, { shape })
  }
}

export const reduceSum = reduction('ReduceSum')
export const reduceMean = reduction('ReduceMean')
/** Has no rule: what it takes off, such as the largest score before an exponential, cancels. */
export const reduceMax = reduction('ReduceMax')
export const reduceProd = reduction('ReduceProd')
