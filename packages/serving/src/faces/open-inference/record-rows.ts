import type { InputKindName, InputSpec, Inputs, Recipe } from '@consort/protocol'
import type { AskedRow } from '../served-models.ts'
import { imageTensors } from './image-tensors.ts'
import type { InputTensors, TensorMetadata } from './input-tensors.ts'
import { tableTensors } from './table-tensors.ts'
import type { Tensor } from './tensor.ts'
import { textTensors } from './text-tensors.ts'

/** How records of each kind travel as tensors. A kind that is forgotten here does not compile. */
const tensors: { readonly [Kind in InputKindName]: InputTensors<Kind> } = {
  images: imageTensors,
  table: tableTensors,
  text: textTensors,
}

/**
 * The records that a request is about, encoded as in training. Throws `input-invalid` or `value-invalid` with the input
 * as path.
 */
export async function recordRows(
  inputs: ReadonlyMap<string, Tensor>,
  { input }: Pick<Recipe, 'input'>,
): Promise<AskedRow[]> {
  return await rowsIn(input.kind, inputs, input)
}

/** The inputs of a model in the words of the protocol. */
export function inputTensorsOf(input: InputSpec): TensorMetadata[] {
  return describe(input.kind, input)
}

async function rowsIn<Kind extends InputKindName>(
  kind: Kind,
  inputs: ReadonlyMap<string, Tensor>,
  input: Inputs[Kind],
): Promise<AskedRow[]> {
  return await tensors[kind].read(inputs, input)
}

function describe<Kind extends InputKindName>(kind: Kind, input: Inputs[Kind]): TensorMetadata[] {
  return tensors[kind].describe(input)
}
