import { Refusal } from '@consort/basics'

/** What the protocol calls the kinds of numbers and texts that are taken here. */
export const datatypes = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP32',
  'FP64',
  'BYTES',
] as const

export type Datatype = (typeof datatypes)[number]

/** The bytes of one number. */
export const numberBytes = {
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
} as const satisfies Record<Exclude<Datatype, 'BYTES'>, number>

/** What a request says of a tensor before its values. */
export interface TensorHead {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
}

/** Numbers, row after row; BOOL as 0 and 1. */
export interface NumberTensor extends TensorHead {
  readonly datatype: Exclude<Datatype, 'BYTES'>
  readonly values: ArrayLike<number>
}

/** Octets or texts, row after row. */
export interface TextTensor extends TensorHead {
  readonly datatype: 'BYTES'
  readonly values: readonly (Uint8Array | string)[]
}

/** A tensor as it came. */
export type Tensor = NumberTensor | TextTensor

/** Throws `input-invalid` with the tensor's name as path. */
export function tensorRefusal(name: string, what: string, hint: string): Refusal {
  return new Refusal('input-invalid', `Input ${name}: ${what}`, { hint, path: name })
}

export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1)
}
