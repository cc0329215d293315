/**
 * What a kernel computes for each element, as an expression over float32 vectors in memory (`load`) and numbers that
 * are the same for all elements (`scalar`). The same object used twice is computed once.
 */
export type Expression =
  | { readonly kind: 'load'; readonly pointer: string }
  | { readonly kind: 'scalar'; readonly name: string }
  | { readonly kind: 'sqrt'; readonly of: Expression }
  | { readonly kind: BinaryKind; readonly left: Expression; readonly right: Expression }

export type BinaryKind = 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max'

export interface Kernel {
  /** Arrays that are read or written; the parameters of the compiled function, in this order. */
  readonly pointers: readonly string[]
  readonly scalars: readonly string[]
  /** In this order, for four elements at a time. */
  readonly stores: readonly { readonly pointer: string; readonly value: Expression }[]
}

export const load = (pointer: string): Expression => ({ kind: 'load', pointer })
export const scalar = (name: string): Expression => ({ kind: 'scalar', name })
export const sqrt = (of: Expression): Expression => ({ kind: 'sqrt', of })

function binary(kind: BinaryKind) {
  return (left: Expression, right: Expression): Expression => ({ kind, left, right })
}

export const add = binary('add')
export const sub = binary('sub')
export const mul = binary('mul')
export const div = binary('div')
