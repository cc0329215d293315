import { parseRecipe } from '@consort/protocol'
import { openTrainer } from '@consort/train/engine'
import { adam, type CaseName, kernel, type Network, networks } from '../engine/networks.ts'

/** One network being trained with Consort's engine. */
export interface Stepper {
  /**
   * Copies the batch in, makes one step of Adam (`adam` in engine/networks.ts), and gives the mean softmax
   * cross-entropy that the batch had before the step.
   */
  step(inputs: Float32Array, labels: Int32Array): Promise<number>
  /** How many numbers are trained. */
  params: number
  close(): Promise<void>
}

/**
 * @param weights initial values, weight and bias of each layer in turn, shaped as `shapesOf` says ([out, in, 3, 3] or
 *   [out, in], bias [out]). Everybody starts from these: the race compares the losses and refuses a pair that disagrees.
 */
export async function createStepper(
  name: CaseName,
  batch: number,
  weights: readonly Float32Array[],
): Promise<Stepper> {
  const { input } = networks[name]
  const none = { count: 0, inputShape: input, inputs: new Float32Array(), labels: new Int32Array() }
  const { stepper, plan, close } = await openTrainer(recipeOf(name, batch), none)
  for (const [index, { offset }] of plan.layout.tensors.entries())
    stepper.parameters.set(weights[index]!, offset)
  stepper.batch.weights.fill(1 / batch)
  return {
    step(inputs, labels) {
      stepper.batch.inputs.set(inputs)
      stepper.batch.labels.set(labels)
      return stepper.step(adam.learningRate)
    },
    params: plan.layout.size,
    close,
  }
}

export function recipeOf(name: CaseName, batchSize: number) {
  const { input, classes, layers }: Network = networks[name]
  const [length = 0, height = 0, width = 0] = input
  const isImage = input.length === 3
  const hidden = layers.slice(0, -1).flatMap((layer): object[] => {
    if (layer.kind === 'dense') return [{ kind: 'dense', units: layer.out, activation: 'relu' }]
    const conv = { kind: 'conv', filters: layer.out, kernel, activation: 'relu' } as const
    return layer.pool ? [conv, { kind: 'max-pool', size: 2 }] : [conv]
  })
  const features = Array.from({ length }, (_, index) => ({ name: `x${index}`, kind: 'number' }))
  return parseRecipe({
    recipe: 1,
    name: `race-${name}`,
    dataset: 'race',
    task: { kind: 'classification', classes: Array.from({ length: classes }, (_, index) => String(index)) },
    input: isImage ? { kind: 'images', height, width } : { kind: 'table', features },
    model: { kind: isImage ? 'cnn' : 'mlp', layers: hidden },
    optimiser: { kind: 'adam', ...adam },
    batchSize,
  })
}
