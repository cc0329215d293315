import { explicit, together } from '../autodiff/example-gradients.ts'
import type { Value } from '../graph/graph.ts'
import { add, div, mul, sqrt, sub } from '../ops/elementwise.ts'
import { reshape } from '../ops/movement.ts'
import { reduceMean, reduceSum } from '../ops/reduction.ts'

export interface Normalisation {
  /** [B, …] */
  readonly input: Value
  /** w and b: of the shape of an example, or [C] for pictures [B, C, H, W]: one of each for a channel. */
  readonly weight: Value
  readonly bias: Value
  /** Into so many equal parts each example is cut, along its first axis. */
  readonly groups: number
  /** Added to variances, so that what hardly varies is not blown up; 1e-5 as PyTorch has it, unless said. */
  readonly epsilon?: number
}

/**
 * y = w·x̂ + b with x̂ = (x − mean)/√(variance + ε) over each part of each example: layer normalisation with one part
 * (Ba, Kiros, Hinton 2016), group normalisation with several (Wu, He 2018, eq. 1-7). The gradient is in closed form:
 * with g = w·ȳ, x̄ = (g − mean(g) − x̂·mean(g·x̂))/√(variance + ε), w̄ = Σȳ·x̂, b̄ = Σȳ.
 */
export function normalised({ input, weight, bias, groups, epsilon = 1e-5 }: Normalisation): Value {
  const [batch, ...shape] = input.shape as [number, ...number[]]
  const isByChannel = weight.shape.length < shape.length
  const fitting = (parameter: Value): Value =>
    isByChannel ? reshape(parameter, [shape[0]!, ...shape.slice(1).map(() => 1)]) : parameter
  const inParts = (x: Value): Value =>
    reshape(x, [batch, groups, shape.reduce((size, dimension) => size * dimension) / groups])
  const mean = (x: Value): Value => reduceMean(x, [2], 1)

  const parts = inParts(input)
  const centred = sub(parts, mean(parts))
  const deviation = sqrt(add(mean(mul(centred, centred)), epsilon))
  const standard = div(centred, deviation)
  const standardInput = reshape(standard, input.shape)

  /** Of one example; all places of a channel share its weights. */
  const ofExamples = (gradient: Value): Value =>
    isByChannel
      ? reduceSum(
          gradient,
          shape.slice(1).map((_, axis) => axis + 2),
        )
      : gradient
  return input.graph.composite(add(mul(standardInput, fitting(weight)), fitting(bias)), {
    inputs: [input, weight, bias],
    rule(cotangent) {
      const g = inParts(mul(cotangent, fitting(weight)))
      const back = div(sub(sub(g, mean(g)), mul(standard, mean(mul(g, standard)))), deviation)
      return [
        reshape(back, input.shape),
        reduceSum(ofExamples(mul(cotangent, standardInput)), [0]),
        reduceSum(ofExamples(cotangent), [0]),
      ]
    },
    examples: cotangent =>
      together([
        null,
        explicit(ofExamples(mul(cotangent, standardInput)), weight.shape),
        explicit(ofExamples(cotangent), bias.shape),
      ]),
  })
}
