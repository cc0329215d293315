import type { Recipe } from '@consort/protocol'
import type { ServedModel } from '../served-models.ts'
import { imageInputName } from './record-rows.ts'

interface TensorMetadata {
  readonly name: string
  readonly datatype: string
  /** −1 for the number of records. */
  readonly shape: readonly number[]
}

/** What an agent can be asked for: what the model says of a record, and what the agent made of it. */
export const outputNames = ['probabilities', 'class', 'decision', 'case_id'] as const
export type OutputName = (typeof outputNames)[number]

/** How the protocol describes a model. */
export function modelMetadata({ name, version, recipe }: ServedModel): object {
  const { task } = recipe
  const classes = task.kind === 'classification' ? task.classes : []
  return {
    name,
    versions: [version],
    platform: 'consort',
    inputs: inputsOf(recipe),
    outputs: [
      { name: 'probabilities', datatype: 'FP32', shape: [-1, classes.length] },
      { name: 'class', datatype: 'BYTES', shape: [-1] },
      { name: 'decision', datatype: 'BYTES', shape: [-1] },
      { name: 'case_id', datatype: 'BYTES', shape: [-1] },
    ] satisfies (TensorMetadata & { name: OutputName })[],
    parameters: { classes: classes.join(',') },
  }
}

function inputsOf({ input }: Pick<Recipe, 'input'>): TensorMetadata[] {
  if (input.kind === 'images') {
    const shape = [-1, input.channels, input.height, input.width]
    return [{ name: imageInputName, datatype: 'UINT8', shape }]
  }
  return input.features.map(({ name, kind }) => ({
    name,
    datatype: kind === 'number' ? 'FP64' : 'BYTES',
    shape: [-1],
  }))
}
