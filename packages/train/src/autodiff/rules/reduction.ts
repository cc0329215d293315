import type { Value } from '../../graph/graph.ts'
import { reducedShape, sizeOf } from '../../graph/shapes.ts'
import { cast, div, equal, mul, where } from '../../ops/elementwise.ts'
import { expand, integersOf, reshape } from '../../ops/movement.ts'
import { reduceProd, reduceSum } from '../../ops/reduction.ts'
import type { GradientRules, RuleInput } from '../rule.ts'

type Reduction = 'ReduceSum' | 'ReduceMean' | 'ReduceProd'

/** In the formulas ȳ and y are repeated along the reduced axes. */
export const reductionRules = {
  // y = Σx: x̄ = ȳ
  ReduceSum: (ct, at) => [expand(kept(ct, at), at.inputs[0]!.shape), null],
  // y = Σx/n: x̄ = ȳ/n
  ReduceMean: (ct, at) => {
    const x = at.inputs[0]!
    return [expand(div(kept(ct, at), sizeOf(x.shape) / sizeOf(at.output.shape)), x.shape), null]
  },
  // y = Πx: x̄ = ȳ·Π(the others), also where some of them are zero
  ReduceProd: (ct, at) => [toFactors(ct, at), null],
} satisfies GradientRules<Reduction>

/** A reduced value with its reduced axes back, at length 1. */
function kept(value: Value, at: RuleInput<Reduction>): Value {
  const shape = reducedShape(at.inputs[0]!.shape, axesOf(at), 1)
  return value.shape.length === shape.length ? value : reshape(value, shape)
}

function axesOf(at: RuleInput<Reduction>): number[] {
  return integersOf(at.inputs[1]!)
}

function toFactors(ct: Value, at: RuleInput<Reduction>): Value {
  const x = at.inputs[0]!
  const axes = axesOf(at)
  const isZero = equal(x, 0)
  const zeros = reduceSum(cast(isZero, 'float32'), axes, 1)
  const nonZero = where(isZero, 1, x)
  const product = reduceProd(nonZero, axes, 1)
  const othersOfZero = mul(product, cast(equal(zeros, 1), 'float32'))
  const othersOfNonZero = div(mul(product, cast(equal(zeros, 0), 'float32')), nonZero)
  return mul(kept(ct, at), where(isZero, othersOfZero, othersOfNonZero))
}
