import { Refusal } from '@consort/protocol'

/** What the protocol calls the kinds of numbers and texts that are taken here, and the bytes of one; texts have a length. */
export const datatypeBytes = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP32: 4,
  FP64: 8,
  BYTES: null,
} as const satisfies Record<string, number | null>

export type Datatype = keyof typeof datatypeBytes

/** A tensor as it came: numbers (BOOL as 0 and 1), or for BYTES octets or texts; row after row. */
export interface Tensor {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
  readonly values: ArrayLike<number> | readonly (Uint8Array | string)[]
}

/** Throws `input-invalid` with the tensor's name as path. */
export function tensorRefusal(name: string, what: string, hint: string): Refusal {
  return new Refusal('input-invalid', `Input ${name}: ${what}`, { hint, path: name })
}

export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1)
}
