import { lossOf, type Recipe, Refusal } from '@consort/protocol'
import { Tensor } from 'onnxruntime-node'
import type { Examples } from '../examples.ts'
import { type ModelPlan, planModel } from '../model/model-plan.ts'
import { type Batch, createBatchFiller } from '../training/batch-filler.ts'
import { createOptimiser, stateArraysOf } from '../training/optimiser.ts'
import { createParameterMemory } from '../training/parameter-memory.ts'
import { createRandom, type Random, shuffledIndices } from '../training/random.ts'
import { scheduleFactor } from '../training/schedule.ts'
import { gradientName, stepNames, trainingGraph } from '../training/training-graph.ts'
import { openSession } from './session.ts'
import type { TrainRequest, TrainResult } from './train-request.ts'

/** One step at a time, for races and tests; `Trainer.train` is made of it. */
export interface Stepper {
  readonly batch: Batch
  /** Forward, backward and optimiser over the present batch; returns its loss. Throws `training-diverged` when that is not finite. */
  step(rate: number): Promise<number>
}

export interface Trainer {
  readonly plan: ModelPlan
  train(request: TrainRequest): Promise<TrainResult>
  readonly stepper: Stepper & { readonly parameters: Float32Array }
  close(): Promise<void>
}

/** Trains in the calling thread, which `session.run` blocks: use `openEngine` unless that is what you want. */
export async function openTrainer(recipe: Recipe, examples: Examples, threads = 1): Promise<Trainer> {
  const plan = planModel(recipe)
  const { batchSize, optimiser: spec } = recipe
  const loss = lossOf(recipe)
  const needs = { ...stateArraysOf(spec), anchor: recipe.federation.strategy.kind === 'fedprox' }
  const memory = createParameterMemory(plan.layout.size, needs)
  const optimiser = createOptimiser(spec, memory)
  const graph = trainingGraph(plan, { loss, batchSize })
  const session = await openSession(graph.onnx, threads)

  const batch: Batch = {
    inputs: new Float32Array(
      batchSize * plan.inputShape.reduce((product, dimension) => product * dimension, 1),
    ),
    labels: loss === 'mse' ? new Float32Array(batchSize) : new Int32Array(batchSize),
    weights: new Float32Array(batchSize),
  }
  const masks = graph.dropout.map(({ name, shape, rate }) => ({
    name,
    rate,
    values: new Float32Array(shape.reduce((product, dimension) => product * dimension, 1)),
    shape,
  }))
  const lossOut = new Float32Array(1)
  const feeds: Record<string, Tensor> = {
    [stepNames.input]: new Tensor('float32', batch.inputs, [batchSize, ...plan.inputShape]),
    [stepNames.labels]:
      batch.labels instanceof Float32Array
        ? new Tensor('float32', batch.labels, [batchSize, 1])
        : new Tensor('int32', batch.labels, [batchSize, 1]),
    [stepNames.weights]: new Tensor('float32', batch.weights, [batchSize, 1]),
  }
  const fetches: Record<string, Tensor> = { [stepNames.loss]: new Tensor('float32', lossOut, []) }
  for (const { name, shape, offset, size } of plan.layout.tensors) {
    feeds[name] = new Tensor('float32', memory.parameters.subarray(offset, offset + size), shape)
    fetches[gradientName(name)] = new Tensor(
      'float32',
      memory.gradients.subarray(offset, offset + size),
      shape,
    )
  }
  for (const { name, values, shape } of masks) feeds[name] = new Tensor('float32', values, shape)

  const step = async (rate: number, proximal = 0): Promise<number> => {
    await session.run(feeds, fetches)
    const value = lossOut[0]!
    if (!Number.isFinite(value)) {
      throw new Refusal('training-diverged', 'The loss is no longer a finite number', {
        hint: 'Lower the learning rate, or look for extreme values in the inputs.',
      })
    }
    if (proximal > 0) optimiser.addProximal(proximal)
    optimiser.step(rate)
    return value
  }

  const fill = createBatchFiller(recipe, examples)
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
      fill(batch, indices, random)
      for (const mask of masks) drawMask(mask.values, mask.rate, random)
      const factor = scheduleFactor(recipe.schedule, from + (to - from) * (done / steps))
      lossSum += indices.length * (await step(spec.learningRate * factor, request.proximal))
      if (done % 16 === 0) request.onProgress?.(done / steps)
    }
    if (!memory.parameters.every(Number.isFinite)) {
      throw new Refusal('training-diverged', 'The weights are no longer finite numbers', {
        hint: 'Lower the learning rate.',
      })
    }
    return {
      weights: Float32Array.from(memory.parameters),
      examples: examples.count,
      loss: steps === 0 ? undefined : lossSum / examples.count,
      steps,
    }
  }

  return {
    plan,
    train,
    stepper: { batch, step: rate => step(rate), parameters: memory.parameters },
    close: () => session.release(),
  }
}

/** Inverted dropout (Srivastava et al. 2014): 0 with probability `rate`, else 1/(1 − rate). */
function drawMask(values: Float32Array, rate: number, random: Random): void {
  const threshold = rate * 2 ** 32
  const kept = 1 / (1 - rate)
  for (let index = 0; index < values.length; index++) values[index] = random.bits() < threshold ? 0 : kept
}
