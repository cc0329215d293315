import { createRandom, featuresOf, featureWidth, lossOf, type Recipe } from '@consort/protocol'
import { openClippedStep } from '../executor/clipped-step.ts'
import { openStep } from '../executor/step.ts'
import { sizeOf } from '../graph/shapes.ts'
import { drawWeights } from '../model/initial-weights.ts'
import { planModel } from '../model/model-plan.ts'
import { createParameterMemory } from '../training/parameter-memory.ts'
import { numbers } from './run-graph.ts'

/** How many examples; micro-batches of 8 have padding beside them. */
export const rows = 5
const padded = 8

/** A batch of `rows` examples of very different norms, and a memory at random weights. */
export function prepare(recipe: Recipe) {
  const plan = planModel(recipe)
  const memory = createParameterMemory(plan.layout.size, {
    moments: false,
    squares: false,
    anchor: false,
    part: true,
  })
  drawWeights(plan, 3)(memory.parameters)
  for (const [index, value] of numbers([plan.layout.size], 5, -0.2, 0.2).entries())
    memory.parameters[index]! += value
  const size = sizeOf(plan.inputShape)
  const inputs = numbers([rows, size], 9).map((value, index) => value * 3 ** (Math.floor(index / size) - 2))
  recordCategories(recipe, inputs, size)
  const labels = Float32Array.from({ length: rows }, (_, row) => row % Math.max(2, plan.outputs))
  return { plan, memory, inputs, labels, size }
}

/** Categories get values that some rows share with other columns, and here and there none. */
function recordCategories({ input }: Recipe, inputs: Float32Array, size: number): void {
  for (let row = 0; row < rows; row++) {
    let offset = row * size
    for (const [index, feature] of featuresOf(input).entries()) {
      const width = featureWidth(feature)
      if (feature.kind === 'category') {
        inputs.fill(0, offset, offset + width)
        if ((row + index) % 4 !== 3) inputs[offset + ((row * index) % width)] = 1
      }
      offset += width
    }
  }
}

/** The gradients of single examples: what the plain step gives for batches of one. The loop to agree with. */
export async function loopedGradients(recipe: Recipe): Promise<Float32Array[]> {
  const { plan, memory, inputs, labels, size } = prepare(recipe)
  const step = await openStep(plan, { loss: lossOf(recipe), batchSize: 1, memory, threads: 1 })
  const random = createRandom(4)
  const found: Float32Array[] = []
  for (let row = 0; row < rows; row++) {
    step.batch.inputs.set(inputs.subarray(row * size, (row + 1) * size))
    step.batch.labels[0] = labels[row]!
    step.batch.weights[0] = 1
    step.drawMasks(random)
    await step.run()
    found.push(memory.gradients.slice())
  }
  await step.close()
  return found
}

/** What the clipped step gives for the same examples, in one micro-batch. */
export async function clippedGradients(
  recipe: Recipe,
  clipping: { clip: number; divisor: number },
): Promise<Float32Array> {
  const { plan, memory, inputs, labels } = prepare(recipe)
  const setup = { loss: lossOf(recipe), clipping, rowsMax: 16, memory, threads: 1 }
  const step = await openClippedStep(plan, setup)
  const batch = step.batch(padded)
  batch.inputs.set(inputs)
  batch.labels.set(labels)
  batch.weights.fill(1, 0, rows)
  step.drawMasks(padded, createRandom(4))
  await step.run(padded, 'gradients')
  await step.close()
  return memory.gradients.slice()
}

/** Euclidean. */
export function norm(values: ArrayLike<number>): number {
  return Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0))
}

/** How far apart two gradients are, relative to the second. */
export function distance(actual: Float32Array, expected: Float32Array): number {
  return norm(actual.map((value, index) => value - expected[index]!)) / norm(expected)
}

/** Σ factor(g)·g */
export function weightedSum(
  gradients: readonly Float32Array[],
  factor: (gradient: Float32Array) => number,
): Float32Array {
  const sum = new Float32Array(gradients[0]!.length)
  for (const gradient of gradients) {
    const by = factor(gradient)
    for (let index = 0; index < sum.length; index++) sum[index]! += by * gradient[index]!
  }
  return sum
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}
