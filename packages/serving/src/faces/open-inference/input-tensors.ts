import type { InputKindName, Inputs } from '@consort/protocol'
import type { AskedRow } from '../served-models.ts'
import type { Tensor } from './tensor.ts'

/** One input of a model in the words of the protocol. */
export interface TensorMetadata {
  readonly name: string
  readonly datatype: string
  /** −1 for the number of records. */
  readonly shape: readonly number[]
}

/** How records of a kind travel as tensors. */
export interface InputTensors<Kind extends InputKindName> {
  readonly describe: (input: Inputs[Kind]) => TensorMetadata[]
  /** The records, encoded as in training. Throws `input-invalid` or `value-invalid` with the input as path. */
  readonly read: (inputs: ReadonlyMap<string, Tensor>, input: Inputs[Kind]) => Promise<AskedRow[]>
}
