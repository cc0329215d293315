import type { DifferentiableName } from '../graph/operators.ts'
import { mul } from '../ops/elementwise.ts'
import { gemm } from '../ops/linear.ts'
import { reduceSum } from '../ops/reduction.ts'
import {
  type ExampleRule,
  explicit,
  type OneExampleGradient,
  rowSquares,
  together,
  withoutExampleRule,
} from './example-gradients.ts'
import { convExampleGradients } from './rules/window.ts'

/**
 * How operators with parameters tell the gradients of single examples apart. An operator that is not here cannot be
 * trained with clipping: its plan is refused.
 */
export const exampleRules: { readonly [O in DifferentiableName]?: ExampleRule<O> } = {
  // Y = A·W + b: w̄ᵢ = aᵢ ⊗ ȳᵢ is never made, since ‖w̄ᵢ‖² = ‖aᵢ‖²·‖ȳᵢ‖² (Goodfellow 2015); b̄ᵢ = ȳᵢ
  Gemm: (ct, { inputs: [a, , bias], attributes: { transA, transB }, wanted }) => {
    if (wanted[0] || transA === 1)
      throw withoutExampleRule('a product whose rows are no examples has no rule')
    const ofWeight: OneExampleGradient = {
      squaredNorms: mul(rowSquares(a!), rowSquares(ct)),
      weightedSum: coefficients => {
        const scaled = mul(ct, coefficients)
        return transB === 1 ? gemm(scaled, a!, { transA: true }) : gemm(a!, scaled, { transA: true })
      },
    }
    return together([null, wanted[1] ? ofWeight : null, wanted[2] ? explicit(ct, bias!.shape) : null])
  },
  // The products of w̄ are made example by example anyway, so that their norms are at hand. Gram matrices of patches
  // and cotangents (Bu et al. 2022) would be no less work, and lose digits where large terms cancel.
  Conv: (ct, { inputs: [x, weight, bias], attributes, wanted }) => {
    if (wanted[0]) throw withoutExampleRule('a convolution of a parameter has no rule')
    const ofWeight = () => explicit(convExampleGradients(ct, x!, weight!.shape, attributes), weight!.shape)
    return together([
      null,
      wanted[1] ? ofWeight() : null,
      wanted[2] ? explicit(reduceSum(ct, [2, 3]), bias!.shape) : null,
    ])
  },
}
