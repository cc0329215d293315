import type { Value } from '../graph/graph.ts'
import { add, div, mul, sqrt, sub } from '../ops/elementwise.ts'
import { reduceMean } from '../ops/reduction.ts'

/**
 * y = w·n with n = r·x, r = 1/√(mean(x²) + ε) over the last axis (Zhang, Sennrich 2019, eq. 4); w is frozen. With
 * g = w·ȳ: x̄ = r·(g − n·mean(g·n)).
 */
export function rmsNorm(x: Value, weight: Value, epsilon: number): Value {
  const { graph, shape } = x
  const mean = (of: Value): Value => reduceMean(of, [shape.length - 1], 1)
  const one = graph.constant(Float32Array.of(1), [])
  const share = div(one, sqrt(add(mean(mul(x, x)), epsilon)))
  const standard = mul(x, share)
  return graph.composite(mul(standard, weight), {
    inputs: [x],
    rule(cotangent) {
      const g = mul(cotangent, weight)
      return [mul(share, sub(g, mul(standard, mean(mul(g, standard)))))]
    },
  })
}
