import type { LossKind, Random } from '@consort/protocol'
import type { Clipping } from '../autodiff/clipped-gradients.ts'
import { sizeOf } from '../graph/shapes.ts'
import type { ModelPlan } from '../model/model-plan.ts'
import type { Batch } from '../training/batch-filler.ts'
import type { ParameterMemory } from '../training/parameter-memory.ts'
import { clippedTrainingGraph, gradientName } from '../training/training-graph.ts'
import { parameterTensors } from './parameter-tensors.ts'
import { createRowsMemory } from './rows-memory.ts'
import { openSession } from './session.ts'
import { drawMask } from './step.ts'

/** Forward and backward pass with clipped gradients over micro-batches of up to `rowsMax` rows. */
export interface ClippedStep {
  readonly rowsMax: number
  /** The first `rows` rows of the memory that `run` reads; fill them before. */
  batch(rows: number): Batch
  drawMasks(rows: number, random: Random): void
  /**
   * Writes Σᵢ cᵢ·gᵢ/divisor of these rows to the memory's `gradients` or `part`. An example whose gradient is not
   * finite counts as nothing, and nobody is told: weights can be made so that this depends on one record. The loss
   * stays here too, since nothing hides it.
   */
  run(rows: number, into: 'gradients' | 'part'): Promise<void>
  close(): Promise<void>
}

export interface ClippedStepSetup {
  readonly loss: LossKind
  /** Of cross-entropy's labels; 0 for none. */
  readonly smoothing?: number
  readonly clipping: Clipping
  readonly rowsMax: number
  readonly memory: ParameterMemory
  readonly threads: number
}

export async function openClippedStep(
  plan: ModelPlan,
  { loss, smoothing = 0, clipping, rowsMax, memory, threads }: ClippedStepSetup,
): Promise<ClippedStep> {
  const graph = clippedTrainingGraph(plan, { loss, smoothing, clipping })
  const session = await openSession(graph.onnx, threads)
  const rowsMemory = createRowsMemory(plan, { loss, rowsMax, dropout: graph.dropout })
  const { norms, masks } = rowsMemory
  const feedsOf = remembered((rows: number) => ({
    ...parameterTensors(plan, memory.parameters, name => name),
    ...rowsMemory.feeds(rows),
  }))
  const fetchesInto = (target: Float32Array) =>
    remembered((rows: number) => ({
      ...parameterTensors(plan, target, gradientName),
      ...rowsMemory.fetches(rows),
    }))
  const one = new Float32Array(memory.gradients.length)
  const fetches = {
    gradients: fetchesInto(memory.gradients),
    part: fetchesInto(memory.part!),
    one: fetchesInto(one),
  }
  /** Says whether all gradients of these rows were finite; otherwise what it wrote is worth nothing. */
  const sum = async (rows: number, into: keyof typeof fetches): Promise<boolean> => {
    await session.run(feedsOf(rows), fetches[into](rows))
    return norms.subarray(0, rows).every(Number.isFinite)
  }
  /** Row by row, so that one that overflows spoils no other. */
  const sumApart = async (rows: number, target: Float32Array): Promise<void> => {
    target.fill(0)
    for (const weighs of rowsMemory.oneByOne(rows)) {
      if (!weighs || !(await sum(1, 'one'))) continue
      for (const [index, value] of one.entries()) target[index]! += value
    }
  }

  return {
    rowsMax,
    batch: rowsMemory.batch,
    drawMasks(rows, random) {
      for (const { values, shape, rate } of masks) {
        drawMask(values.subarray(0, rows * sizeOf(shape)), rate, random)
      }
    },
    async run(rows, into) {
      if (!(await sum(rows, into))) await sumApart(rows, into === 'part' ? memory.part! : memory.gradients)
    },
    close: () => session.release(),
  }
}

function remembered<T>(make: (rows: number) => T): (rows: number) => T {
  const made = new Map<number, T>()
  return rows => {
    const known = made.get(rows) ?? make(rows)
    made.set(rows, known)
    return known
  }
}
