import type { BaseActivation } from '@consort/protocol'
import type { Value } from '../graph/graph.ts'
import { add, erf, exp, mul, relu, sigmoid, sub, tanh } from '../ops/elementwise.ts'

/** y = x·Φ(x), Φ the normal distribution (Hendrycks, Gimpel 2016): x̄ = ȳ·(Φ(x) + x·φ(x)), φ its density. */
export function gelu(x: Value): Value {
  const share = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5)
  return x.graph.composite(mul(x, share), {
    inputs: [x],
    rule(cotangent) {
      const density = mul(exp(mul(mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI))
      return [mul(cotangent, add(share, mul(x, density)))]
    },
  })
}

const slope = Math.sqrt(2 / Math.PI)
const cubic = 0.044715

/**
 * The approximation that GPT-2 was trained with: y = x·s, s = (1 + t)/2, t = tanh(u), u = √(2/π)·(x + 0.044715·x³).
 * x̄ = ȳ·(s + x·(1 − t²)/2·∂u/∂x)
 */
export function geluTanh(x: Value): Value {
  const square = mul(x, x)
  const t = tanh(mul(mul(x, add(mul(square, cubic), 1)), slope))
  const share = mul(add(t, 1), 0.5)
  return x.graph.composite(mul(x, share), {
    inputs: [x],
    rule(cotangent) {
      const inner = mul(add(mul(square, 3 * cubic), 1), slope / 2)
      const bend = mul(mul(x, inner), sub(x.graph.constant(Float32Array.of(1), []), mul(t, t)))
      return [mul(cotangent, add(share, bend))]
    },
  })
}

/**
 * y = gate·σ(gate)·up (Shazeer 2020, eq. 6). With σ = σ(gate) and s = gate·σ: the gate's gradient is
 * ȳ·up·(σ + s·(1 − σ)), that of up ȳ·s.
 */
export function swiglu(gate: Value, up: Value): Value {
  const open = sigmoid(gate)
  const passed = mul(gate, open)
  return gate.graph.composite(mul(passed, up), {
    inputs: [gate, up],
    rule: cotangent => [
      mul(mul(cotangent, up), add(open, sub(passed, mul(passed, open)))),
      mul(cotangent, passed),
    ],
  })
}

/** What a base model's config names. */
export function activated(activation: BaseActivation, x: Value): Value {
  switch (activation) {
    case 'gelu':
      return gelu(x)
    case 'gelu-tanh':
      return geluTanh(x)
    case 'relu':
      return relu(x)
    case 'silu':
      return mul(x, sigmoid(x))
  }
}
