import { sizeOf } from '../graph/shapes.ts'
import type { ModelPlan } from '../model/model-plan.ts'

/** Micro-batches have a multiple of so many rows, and so few sizes that the runtime remembers a plan for each. */
export const rowsStep = 4

/**
 * The most rows of a micro-batch. Small ones stay in the processor's caches, but each costs some passes over all
 * weights: their number for a given amount of work depends on how often an example uses a weight. Measured at 256
 * examples: 1.4 M weights in a dense layer 51 ms by 64 rows, 42 by 256; a small convolutional network the other way
 * round, 32 and 37.
 */
export function microBatchRows({ layers, layout }: ModelPlan, batchSize: number): number {
  const products = layers.reduce((sum, { layer, inputShape, outputShape }) => {
    if (layer.kind === 'dense') return sum + sizeOf(inputShape) * layer.units
    if (layer.kind !== 'conv') return sum
    return sum + sizeOf(outputShape) * (inputShape[0]! / layer.groups) * layer.kernel ** 2
  }, 1)
  const enough = (rowsAtOneUse * layout.size) / products
  const wanted = Math.max(rowsLeast, Math.min(enough, batchSize + 6 * Math.sqrt(batchSize)))
  return Math.ceil(wanted / rowsStep) * rowsStep
}

const rowsAtOneUse = 512
const rowsLeast = 32

/** How `count` examples are cut into micro-batches of nearly equal length, at most `rowsMax`. */
export function microBatches(count: number, rowsMax: number): { start: number; end: number; rows: number }[] {
  const parts = Math.ceil(count / rowsMax)
  return Array.from({ length: parts }, (_, part) => {
    const start = Math.floor((part * count) / parts)
    const end = Math.floor(((part + 1) * count) / parts)
    return { start, end, rows: Math.ceil((end - start) / rowsStep) * rowsStep }
  })
}
