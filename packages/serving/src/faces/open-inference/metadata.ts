import type { TensorMetadata } from '@consort/records'
import { inputTensorsOf } from '@consort/records'
import type { ServedModel } from '../served-models.ts'

/** What an agent can be asked for: what the model says of a record, and what the agent made of it. */
export const outputNames = ['probabilities', 'class', 'decision', 'case_id'] as const
export type OutputName = (typeof outputNames)[number]

/** How the protocol describes a model. */
export async function modelMetadata({ name, version, recipe }: ServedModel): Promise<object> {
  const { task } = recipe
  const classes = task.kind === 'classification' ? task.classes : []
  return {
    name,
    versions: [version],
    platform: 'consort',
    inputs: await inputTensorsOf(recipe.input),
    outputs: [
      { name: 'probabilities', datatype: 'FP32', shape: [-1, classes.length] },
      { name: 'class', datatype: 'BYTES', shape: [-1] },
      { name: 'decision', datatype: 'BYTES', shape: [-1] },
      { name: 'case_id', datatype: 'BYTES', shape: [-1] },
    ] satisfies (TensorMetadata & { name: OutputName })[],
    parameters: { classes: classes.join(',') },
  }
}
