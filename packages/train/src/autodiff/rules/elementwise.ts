import type { Value } from '../../graph/graph.ts'
import {
  cast,
  div,
  equal,
  exp,
  greater,
  log,
  mul,
  neg,
  pow,
  sigmoid,
  sub,
  where,
} from '../../ops/elementwise.ts'
import { reduceSum } from '../../ops/reduction.ts'
import type { GradientRules, RuleInput } from '../rule.ts'

/** `ct` is the gradient of the loss with respect to the output, written ȳ in the formulas; x̄ is what is asked for. */
export const elementwiseRules = {
  // y = a + b: ā = ȳ, b̄ = ȳ
  Add: ct => [ct, ct],
  // y = a − b: ā = ȳ, b̄ = −ȳ
  Sub: (ct, { wanted: [, b] }) => [ct, b ? neg(ct) : null],
  // y = a·b: ā = ȳ·b, b̄ = ȳ·a
  Mul: (ct, { inputs: [a, b], wanted }) => [wanted[0] ? mul(ct, b!) : null, wanted[1] ? mul(ct, a!) : null],
  // y = a/b: ā = ȳ/b, b̄ = −ȳ·y/b
  Div: (ct, { inputs: [, b], output, wanted }) => [
    wanted[0] ? div(ct, b!) : null,
    wanted[1] ? neg(div(mul(ct, output), b!)) : null,
  ],
  // y = aᵇ: ā = ȳ·b·aᵇ⁻¹, b̄ = ȳ·y·log a
  Pow: (ct, { inputs: [a, b], output, wanted }) => [
    wanted[0] ? mul(mul(ct, b!), pow(a!, sub(b!, 1))) : null,
    wanted[1] ? mul(mul(ct, output), log(a!)) : null,
  ],
  // y = max(x₁, …): to the first xᵢ that equals y
  Max: toExtreme,
  // y = min(x₁, …): likewise
  Min: toExtreme,
  // y = −x: x̄ = −ȳ
  Neg: ct => [neg(ct)],
  // y = √x: x̄ = ȳ/(2y)
  Sqrt: (ct, { output }) => [div(mul(ct, 0.5), output)],
  // y = erf x: x̄ = ȳ·(2/√π)·e^(−x²)
  Erf: (ct, { inputs: [x] }) => [mul(ct, mul(exp(neg(mul(x!, x!))), 2 / Math.sqrt(Math.PI)))],
  // y = eˣ: x̄ = ȳ·y
  Exp: (ct, { output }) => [mul(ct, output)],
  // y = log x: x̄ = ȳ/x
  Log: (ct, { inputs: [x] }) => [div(ct, x!)],
  // y = max(x, 0): x̄ = ȳ·[y > 0]; a product with 0 and 1 is a fifth faster than Where
  Relu: (ct, { output }) => [mul(ct, cast(greater(output, 0), 'float32'))],
  // y = σ(x): x̄ = ȳ·y·(1 − y)
  Sigmoid: (ct, { output }) => [mul(ct, sub(output, mul(output, output)))],
  // y = tanh x: x̄ = ȳ·(1 − y²)
  Tanh: (ct, { output }) => [sub(ct, mul(ct, mul(output, output)))],
  // y = log(1 + eˣ): x̄ = ȳ·σ(x)
  Softplus: (ct, { inputs: [x] }) => [mul(ct, sigmoid(x!))],
  // y = c ? a : b: ā = c ? ȳ : 0, b̄ = c ? 0 : ȳ
  Where: (ct, { inputs: [condition], wanted }) => [
    null,
    wanted[1] ? where(condition!, ct, 0) : null,
    wanted[2] ? where(condition!, 0, ct) : null,
  ],
  // y = softmax x: x̄ = y·ȳ − y·Σ(y·ȳ)
  Softmax: (ct, { output, attributes: { axis } }) => {
    const weighted = mul(ct, output)
    return [sub(weighted, mul(output, reduceSum(weighted, [axis], 1)))]
  },
  // y = log softmax x: x̄ = ȳ − eʸ·Σȳ
  LogSoftmax: (ct, { output, attributes: { axis } }) => [sub(ct, mul(exp(output), reduceSum(ct, [axis], 1)))],
} satisfies GradientRules<
  | 'Add'
  | 'Sub'
  | 'Mul'
  | 'Div'
  | 'Pow'
  | 'Max'
  | 'Min'
  | 'Neg'
  | 'Sqrt'
  | 'Erf'
  | 'Exp'
  | 'Log'
  | 'Relu'
  | 'Sigmoid'
  | 'Tanh'
  | 'Softplus'
  | 'Where'
  | 'Softmax'
  | 'LogSoftmax'
>

/** What earlier inputs took is subtracted, so the last input gets exactly what is left, and ties are broken once. */
function toExtreme(ct: Value, { inputs, output }: RuleInput<'Max' | 'Min'>): Value[] {
  let rest = ct
  const gradients = inputs.slice(0, -1).map(input => {
    const taken = where(equal(input, output), rest, 0)
    rest = sub(rest, taken)
    return taken
  })
  return [...gradients, rest]
}
