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
import { drawMask, labelTensor } from './step.ts'

/** Forward and backward pass with clipped gradients over micro-batches of up to `rowsMax` rows. */
export interface ClippedStep {
  readonly rowsMax: number
  /** The first `rows` rows of the memory that `run` reads; fill them before. */
  batch(rows: number): Batch
  drawMasks(rows: number, random: Random): void
  /**
   * Writes Σᵢ cᵢ·gᵢ/divisor of these rows to the memory's `gradients` or `part`. An example whose gradient is not finite
   * counts as nothing, and nobody is told: weights can be made so that this depends on one record. The loss stays here
   * too, since nothing hides it.
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
  const norms = new Float32Array(rowsMax)

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
  const fetchesOf = (rows: number, target: Float32Array): Record<string, Tensor> => {
    const fetches: Record<string, Tensor> = {
      [stepNames.loss]: new Tensor('float32', lossOut, []),
      [stepNames.norms]: new Tensor('float32', norms.subarray(0, rows), [rows, 1]),
    }
    for (const { name, shape, offset, size: length } of plan.layout.tensors) {
      fetches[gradientName(name)] = new Tensor('float32', target.subarray(offset, offset + length), shape)
    }
    return fetches
  }
  const targets = { gradients: memory.gradients, part: memory.part! }
  const feeds = new Map<number, Record<string, Tensor>>()
  const fetches = new Map<string, Record<string, Tensor>>()
  /** Says whether all gradients of these rows were finite; otherwise what it wrote is worth nothing. */
  const sum = async (rows: number, name: string, target: Float32Array): Promise<boolean> => {
    const fed = feeds.get(rows) ?? feedsOf(rows)
    feeds.set(rows, fed)
    const fetched = fetches.get(`${name} ${rows}`) ?? fetchesOf(rows, target)
    fetches.set(`${name} ${rows}`, fetched)
    await session.run(fed, fetched)
    return norms.subarray(0, rows).every(Number.isFinite)
  }
  /** Row by row, so that one that overflows spoils no other. */
  const sumApart = async (rows: number, target: Float32Array): Promise<void> => {
    const memories = [inputs, labels, weights, ...masks.map(({ values }) => values)]
    const kept = memories.map(values => values.slice(0, (values.length / rowsMax) * rows))
    const one = new Float32Array(target.length)
    target.fill(0)
    for (let row = 0; row < rows; row++) {
      for (const [index, values] of memories.entries()) {
        const length = values.length / rowsMax
        values.set(kept[index]!.subarray(row * length, (row + 1) * length) as never)
      }
      if (weights[0] === 0 || !(await sum(1, 'one', one))) continue
      for (const [index, value] of one.entries()) target[index]! += value
    }
    fetches.delete('one 1')
  }

  return {
    rowsMax,
    batch,
    drawMasks(rows, random) {
      for (const { values, shape, rate } of masks) {
        drawMask(values.subarray(0, rows * sizeOf(shape)), rate, random)
      }
    },
    async run(rows, into) {
      if (!(await sum(rows, into, targets[into]))) await sumApart(rows, targets[into])
    },
    close: () => session.release(),
  }
}
