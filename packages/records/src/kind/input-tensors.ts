import type { Tensor } from '../tensors/tensor.ts'

/** One input of a model in the words of the protocol. */
export interface TensorMetadata {
  readonly name: string
  readonly datatype: string
  /** −1 for the number of records. */
  readonly shape: readonly number[]
}

/** One record that is asked about. */
export interface AskedRow<Asked> {
  /** As the pipeline of training encodes it. */
  readonly input: Float32Array
  /** What a person would be shown. */
  readonly record: () => Asked | Promise<Asked>
}

/** How records of a kind travel as tensors of Open Inference. */
export interface InputTensors<Input, Asked> {
  readonly describe: (input: Input) => TensorMetadata[]
  /** The records, encoded as in training. Throws `input-invalid` or `value-invalid` with the input as path. */
  readonly read: (inputs: ReadonlyMap<string, Tensor>, input: Input) => Promise<AskedRow<Asked>[]>
}
