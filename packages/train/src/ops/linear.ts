import assert from 'node:assert/strict'
import type { Value } from '../graph/graph.ts'
import { broadcastShape } from '../graph/shapes.ts'
import { transpose } from './movement.ts'

/** Matrix product of the last two axes; the axes before them broadcast. */
export function matmul(a: Value, b: Value): Value {
  assert(a.shape.length >= 2 && b.shape.length >= 2, 'matmul takes matrices')
  assert(a.shape.at(-1) === b.shape.at(-2), `[${a.shape}] and [${b.shape}] have no matrix product`)
  const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2))
  return a.graph.apply('MatMul', [a, b], {}, { shape: [...batch, a.shape.at(-2)!, b.shape.at(-1)!] })
}

export interface GemmOptions {
  transA?: boolean
  transB?: boolean
  /** Broadcasts to the result. */
  bias?: Value
}

/** `op(a) · op(b) + bias` for two matrices. */
export function gemm(a: Value, b: Value, { transA = false, transB = false, bias }: GemmOptions = {}): Value {
  const [rows, inner] = transA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!]
  const [other, columns] = transB ? [b.shape[1]!, b.shape[0]!] : [b.shape[0]!, b.shape[1]!]
  assert(inner === other, `[${a.shape}] and [${b.shape}] have no matrix product`)
  const attributes = { transA: transA ? 1 : 0, transB: transB ? 1 : 0 } as const
  return a.graph.apply('Gemm', bias ? [a, b, bias] : [a, b], attributes, { shape: [rows, columns] })
}

/** Swaps the last two axes. */
export function transposeMatrix(x: Value): Value {
  const axes = x.shape.map((_, axis) => axis)
  return transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2])
}
