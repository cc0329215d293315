import { gemm, matmul, transposeMatrix } from '../../ops/linear.ts'
import type { GradientRules } from '../rule.ts'

export const linearRules = {
  // Y = A·B: Ā = Ȳ·Bᵀ, B̄ = Aᵀ·Ȳ; the walk sums over batch axes that broadcast
  MatMul: (ct, { inputs: [a, b], wanted }) => [
    wanted[0] ? matmul(ct, transposeMatrix(b!)) : null,
    wanted[1] ? matmul(transposeMatrix(a!), ct) : null,
  ],
  // Y = op(A)·op(B) + C, with op the transpose where asked for; C̄ is summed by the walk
  Gemm: (ct, { inputs: [a, b, c], attributes: { transA, transB }, wanted }) => {
    const [aT, bT] = [transA === 1, transB === 1]
    const forA = () => (aT ? gemm(b!, ct, { transA: bT, transB: true }) : gemm(ct, b!, { transB: !bT }))
    const forB = () => (bT ? gemm(ct, a!, { transA: true, transB: aT }) : gemm(a!, ct, { transA: !aT }))
    return [wanted[0] ? forA() : null, wanted[1] ? forB() : null, ...(c ? [ct] : [])]
  },
} satisfies GradientRules<'MatMul' | 'Gemm'>
