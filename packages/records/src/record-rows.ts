import type { CaseRecord, InputSpec } from './inputs.ts'
import type { AskedRow, TensorMetadata } from './kind/input-tensors.ts'
import { type InputKindName, type Inputs, kindsByName } from './kinds/kinds.ts'
import type { Tensor } from './tensors/tensor.ts'

/**
 * The records that a request is about, encoded as in training. Throws `input-invalid` or `value-invalid` with the input
 * as path.
 */
export async function recordRows(
  inputs: ReadonlyMap<string, Tensor>,
  { input }: { readonly input: InputSpec },
): Promise<AskedRow<CaseRecord>[]> {
  return await rowsIn(input.kind, inputs, input)
}

/** The inputs of a model in the words of the protocol. */
export async function inputTensorsOf(input: InputSpec): Promise<TensorMetadata[]> {
  return await describe(input.kind, input)
}

async function rowsIn<Kind extends InputKindName>(
  kind: Kind,
  inputs: ReadonlyMap<string, Tensor>,
  input: Inputs[Kind],
): Promise<AskedRow<CaseRecord>[]> {
  return await (await tensorsOf(kind)).read(inputs, input)
}

async function describe<Kind extends InputKindName>(
  kind: Kind,
  input: Inputs[Kind],
): Promise<TensorMetadata[]> {
  return (await tensorsOf(kind)).describe(input)
}

async function tensorsOf<Kind extends InputKindName>(kind: Kind) {
  return (await kindsByName[kind].loadTensors()).tensors
}
