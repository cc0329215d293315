import { lossOf, type OptimiserSpec, type Recipe, Refusal } from '@consort/protocol'
import type { Examples } from '../examples.ts'
import { type ModelPlan, planModel } from '../model/model-plan.ts'
import { createBatchFiller } from '../training/batch-filler.ts'
import { createOptimiser, stateArraysOf } from '../training/optimiser.ts'
import { createParameterMemory } from '../training/parameter-memory.ts'
import { createRandom, shuffledIndices } from '../training/random.ts'
import { scheduleFactor } from '../training/schedule.ts'
import { openStep, type Step } from './step.ts'
import type { TrainRequest, TrainResult } from './train-request.ts'

export interface Trainer {
  readonly plan: ModelPlan
  train(request: TrainRequest): Promise<TrainResult>
  /** One step at a time, for races and tests; `train` is made of it. */
  readonly stepper: Stepper
  close(): Promise<void>
}

export interface Stepper extends Pick<Step, 'batch'> {
  /** In the layout of the plan. */
  readonly parameters: Float32Array
  /** Forward, backward and optimiser over the present batch, at a learning rate; returns the batch's loss. */
  step(rate: number): Promise<number>
}

/** How often progress is reported, in steps. */
const reportEvery = 16

/** Trains in the calling thread, which `session.run` blocks: use `openEngine` unless that is what you want. */
export async function openTrainer(recipe: Recipe, examples: Examples, threads = 1): Promise<Trainer> {
  const plan = planModel(recipe)
  const { batchSize, optimiser: spec } = recipe
  const memory = createParameterMemory(plan.layout.size, needsOf(recipe, spec))
  const optimiser = createOptimiser(spec, memory)
  const forwardBackward = await openStep(plan, { loss: lossOf(recipe), batchSize, memory, threads })
  const fill = createBatchFiller(recipe, examples)

  const step = async (rate: number, proximal = 0): Promise<number> => {
    const loss = await forwardBackward.run()
    if (proximal > 0) optimiser.addProximal(proximal)
    optimiser.step(rate)
    return loss
  }

  const train = async (request: TrainRequest): Promise<TrainResult> => {
    memory.parameters.set(request.weights)
    memory.anchor?.set(request.weights)
    optimiser.reset()
    const random = createRandom(request.seed)
    const stepsPerEpoch = Math.ceil(examples.count / batchSize)
    const steps = stepsPerEpoch * request.epochs
    const [from, to] = request.progress
    let lossSum = 0
    for (let done = 0, order = new Int32Array(); done < steps; done++) {
      const inEpoch = done % stepsPerEpoch
      if (inEpoch === 0) {
        order = shuffledIndices(examples.count, random)
        lossSum = 0
      }
      const indices = order.subarray(inEpoch * batchSize, (inEpoch + 1) * batchSize)
      fill(forwardBackward.batch, indices, random)
      forwardBackward.drawMasks(random)
      const factor = scheduleFactor(recipe.schedule, from + (to - from) * (done / steps))
      lossSum += indices.length * (await step(spec.learningRate * factor, request.proximal))
      if (done % reportEvery === 0) request.onProgress?.(done / steps)
    }
    if (!memory.parameters.every(Number.isFinite)) {
      throw new Refusal('training-diverged', 'The weights are no longer finite numbers', {
        hint: 'Lower the learning rate.',
      })
    }
    const loss = steps === 0 ? undefined : lossSum / examples.count
    return { weights: Float32Array.from(memory.parameters), examples: examples.count, loss, steps }
  }

  return {
    plan,
    train,
    stepper: { batch: forwardBackward.batch, step: rate => step(rate), parameters: memory.parameters },
    close: () => forwardBackward.close(),
  }
}

function needsOf({ federation }: Recipe, spec: OptimiserSpec) {
  return { ...stateArraysOf(spec), anchor: federation.strategy.kind === 'fedprox' }
}
