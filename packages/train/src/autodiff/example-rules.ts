import type { DifferentiableName } from '../graph/operators.ts'
import { sizeOf } from '../graph/shapes.ts'
import { cast, div, equal, mul } from '../ops/elementwise.ts'
import { gemm, matmul } from '../ops/linear.ts'
import { reshape, scatterRows } from '../ops/movement.ts'
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
  // y = table[k] for rows k [B, P] of each example: the row of a table gets Σ ȳ over the places where it was taken. An
  // example's places of one row first get the mean ȳ of all of them, m, so that ‖gᵢ‖² = Σ ‖m‖²·(how many they are), and
  // the sum is made of the same m. Products of pairs of ȳ (Li et al. 2022, appendix F) would need no sums here, but
  // where ȳ cancel they have too few digits to tell how much is left, which then would not be clipped.
  Gather: (ct, { inputs: [table, taken], attributes: { axis } }) => {
    if (axis !== 0 || taken!.shape.length !== 2)
      throw withoutExampleRule('rows that are not taken by examples have no rule')
    const [batch, places] = taken!.shape as [number, number]
    const [rows, ...rest] = table!.shape as [number, ...number[]]
    const width = sizeOf(rest)
    const same = cast(
      equal(reshape(taken!, [batch, places, 1]), reshape(taken!, [batch, 1, places])),
      'float32',
    )
    const times = reduceSum(same, [2], 1)
    const means = div(matmul(same, reshape(ct, [batch, places, width])), times)
    const ofTable: OneExampleGradient = {
      squaredNorms: reduceSum(reduceSum(mul(mul(means, means), times), [2]), [1], 1),
      weightedSum(coefficients) {
        const scaled = mul(means, reshape(coefficients, [batch, 1, 1]))
        const indices = reshape(taken!, [batch * places])
        const summed = scatterRows(indices, reshape(scaled, [batch * places, width]), rows)
        return reshape(summed, table!.shape)
      },
    }
    return together([ofTable, null])
  },
}
