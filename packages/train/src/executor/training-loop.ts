import { type Recipe, Refusal } from '@consort/protocol'
import { clipGradient } from '../training/clip-gradient.ts'
import type { Optimiser } from '../training/optimiser.ts'
import type { ParameterMemory } from '../training/parameter-memory.ts'
import { scheduleFactor } from '../training/schedule.ts'
import type { Batches, BatchSource } from './batches.ts'
import type { TrainRequest, TrainResult } from './train-request.ts'

export interface LoopParts {
  readonly recipe: Recipe
  /** How many examples there are. */
  readonly count: number
  readonly memory: ParameterMemory
  readonly optimiser: Optimiser
  readonly source: BatchSource
}

/** How often progress is reported, in steps. */
const reportEvery = 16

/** Goes through the batches of one request, step by step. Throws `training-diverged`, naming the step. */
export async function trainBatches(
  { recipe, count, memory, optimiser, source }: LoopParts,
  request: TrainRequest,
): Promise<TrainResult> {
  const { optimiser: spec, schedule, gradientClip } = recipe
  memory.parameters.set(request.weights)
  memory.anchor?.set(request.weights)
  optimiser.reset()
  const batches = source.begin(request)
  const { steps } = batches
  const [from, to] = request.progress
  for (let done = 0; done < steps; done++) {
    await nextBatch(batches, done)
    if (request.proximal > 0) optimiser.addProximal(request.proximal)
    if (gradientClip !== undefined) clipGradient(memory.gradients, gradientClip)
    optimiser.step(spec.learningRate * scheduleFactor(schedule, from + (to - from) * (done / steps)))
    if (done % reportEvery === 0) request.onProgress?.(done / steps)
  }
  if (!memory.parameters.every(Number.isFinite)) {
    throw new Refusal('training-diverged', 'The weights are no longer finite numbers', {
      hint: 'Lower the learning rate.',
    })
  }
  const weights = Float32Array.from(memory.parameters)
  return { weights, examples: count, steps, ...batches.told() }
}

async function nextBatch(batches: Batches, done: number): Promise<void> {
  try {
    await batches.next()
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'training-diverged') throw error
    const where = `${error.message}, in step ${done + 1} of ${batches.steps}`
    throw new Refusal(error.code, where, { hint: error.hint ?? 'Lower the learning rate.', cause: error })
  }
}
