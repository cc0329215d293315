import type { LossKind } from '@consort/protocol'
import { Tensor } from 'onnxruntime-node'
import { sizeOf } from '../graph/shapes.ts'
import type { ModelPlan } from '../model/model-plan.ts'
import type { Batch } from '../training/batch-filler.ts'
import { type DropoutInput, stepNames } from '../training/training-graph.ts'
import { labelTensor } from './step.ts'

/** What a micro-batch of up to `rowsMax` rows is read from, and what it says of single rows. */
export interface RowsMemory {
  /** ‖gᵢ‖ of each row. */
  readonly norms: Float32Array
  /** Of one row in `shape`. */
  readonly masks: readonly (DropoutInput & { readonly values: Float32Array })[]
  batch(rows: number): Batch
  feeds(rows: number): Record<string, Tensor>
  fetches(rows: number): Record<string, Tensor>
  /** Puts each of these rows in the place of the first, and says whether it weighs anything. Spoils the batch. */
  oneByOne(rows: number): Iterable<boolean>
}

export function createRowsMemory(
  plan: ModelPlan,
  { loss, rowsMax, dropout }: { loss: LossKind; rowsMax: number; dropout: readonly DropoutInput[] },
): RowsMemory {
  const size = sizeOf(plan.inputShape)
  const inputs = new Float32Array(rowsMax * size)
  const labels = loss === 'mse' ? new Float32Array(rowsMax) : new Int32Array(rowsMax)
  const weights = new Float32Array(rowsMax)
  const masks = dropout.map(mask => ({ ...mask, values: new Float32Array(rowsMax * sizeOf(mask.shape)) }))
  const norms = new Float32Array(rowsMax)
  const lossOut = new Float32Array(1)

  const batch = (rows: number): Batch => ({
    inputs: inputs.subarray(0, rows * size),
    labels: labels.subarray(0, rows),
    weights: weights.subarray(0, rows),
  })
  return {
    norms,
    masks,
    batch,
    feeds(rows) {
      const view = batch(rows)
      const feeds: Record<string, Tensor> = {
        [stepNames.input]: new Tensor('float32', view.inputs, [rows, ...plan.inputShape]),
        [stepNames.labels]: labelTensor(view.labels),
        [stepNames.weights]: new Tensor('float32', view.weights, [rows, 1]),
      }
      for (const { name, shape, values } of masks) {
        feeds[name] = new Tensor('float32', values.subarray(0, rows * sizeOf(shape)), [rows, ...shape])
      }
      return feeds
    },
    fetches: rows => ({
      [stepNames.loss]: new Tensor('float32', lossOut, []),
      [stepNames.norms]: new Tensor('float32', norms.subarray(0, rows), [rows, 1]),
    }),
    *oneByOne(rows) {
      const memories = [inputs, labels, weights, ...masks.map(({ values }) => values)]
      const kept = memories.map(values => values.slice(0, (values.length / rowsMax) * rows))
      for (let row = 0; row < rows; row++) {
        for (const [index, values] of memories.entries()) {
          const length = values.length / rowsMax
          values.set(kept[index]!.subarray(row * length, (row + 1) * length) as never)
        }
        yield weights[0] !== 0
      }
    },
  }
}
