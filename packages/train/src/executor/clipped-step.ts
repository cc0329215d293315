import type { LossKind } from '@consort/protocol'
import { Tensor } from 'onnxruntime-node'
import type { Clipping } from '../autodiff/clipped-gradients.ts'
import { sizeOf } from '../graph/shapes.ts'
import type { ModelPlan } from '../model/model-plan.ts'
import type { Batch } from '../training/batch-filler.ts'
import type { ParameterMemory } from '../training/parameter-memory.ts'
import type { Random } from '../training/random.ts'
import { clippedTrainingGraph, gradientName, stepNames } from '../training/training-graph.ts'
import { openSession } from './session.ts'
import { assertFinite, drawMask, labelTensor } from './step.ts'

/** Forward and backward pass with clipped gradients over micro-batches of up to `rowsMax` rows. */
export interface ClippedStep {
  readonly rowsMax: number
  /** The first `rows` rows of the memory that `run` reads; fill them before. */
  batch(rows: number): Batch
  drawMasks(rows: number, random: Random): void
  /**
   * Writes Σᵢ cᵢ·gᵢ/divisor of these rows to the memory's `gradients` or `part`. Throws `training-diverged` when their
   * loss is not finite; the loss itself stays here, since nothing hides it.
   */
  run(rows: number, into: 'gradients' | 'part'): Promise<void>
  close(): Promise<void>
}

export interface ClippedStepSetup {
  readonly loss: LossKind
  readonly clipping: Clipping
  readonly rowsMax: number
  readonly memory: ParameterMemory
  readonly threads: number
}

export async function openClippedStep(
  plan: ModelPlan,
  { loss, clipping, rowsMax, memory, threads }: ClippedStepSetup,
): Promise<ClippedStep> {
  const graph = clippedTrainingGraph(plan, { loss, clipping })
  const session = await openSession(graph.onnx, threads)
  const size = sizeOf(plan.inputShape)
  const inputs = new Float32Array(rowsMax * size)
  const labels = loss === 'mse' ? new Float32Array(rowsMax) : new Int32Array(rowsMax)
  const weights = new Float32Array(rowsMax)
  const masks = graph.dropout.map(mask => ({
    ...mask,
    values: new Float32Array(rowsMax * sizeOf(mask.shape)),
  }))
  const lossOut = new Float32Array(1)

  const batch = (rows: number): Batch => ({
    inputs: inputs.subarray(0, rows * size),
    labels: labels.subarray(0, rows),
    weights: weights.subarray(0, rows),
  })
  const parameters = Object.fromEntries(
    plan.layout.tensors.map(({ name, shape, offset, size: length }) => [
      name,
      new Tensor('float32', memory.parameters.subarray(offset, offset + length), shape),
    ]),
  )
  const feedsOf = (rows: number): Record<string, Tensor> => {
    const view = batch(rows)
    const feeds: Record<string, Tensor> = {
      ...parameters,
      [stepNames.input]: new Tensor('float32', view.inputs, [rows, ...plan.inputShape]),
      [stepNames.labels]: labelTensor(view.labels),
      [stepNames.weights]: new Tensor('float32', view.weights, [rows, 1]),
    }
    for (const { name, shape, values } of masks) {
      feeds[name] = new Tensor('float32', values.subarray(0, rows * sizeOf(shape)), [rows, ...shape])
    }
    return feeds
  }
  const fetchesOf = (target: Float32Array): Record<string, Tensor> => {
    const fetches: Record<string, Tensor> = { [stepNames.loss]: new Tensor('float32', lossOut, []) }
    for (const { name, shape, offset, size: length } of plan.layout.tensors) {
      fetches[gradientName(name)] = new Tensor('float32', target.subarray(offset, offset + length), shape)
    }
    return fetches
  }
  const fetches = { gradients: fetchesOf(memory.gradients), part: fetchesOf(memory.part!) }
  const feeds = new Map<number, Record<string, Tensor>>()

  return {
    rowsMax,
    batch,
    drawMasks(rows, random) {
      for (const { values, shape, rate } of masks) {
        drawMask(values.subarray(0, rows * sizeOf(shape)), rate, random)
      }
    },
    async run(rows, into) {
      const fed = feeds.get(rows) ?? feedsOf(rows)
      feeds.set(rows, fed)
      await session.run(fed, fetches[into])
      assertFinite(lossOut[0]!)
    },
    close: () => session.release(),
  }
}
