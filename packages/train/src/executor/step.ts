import { type LossKind, type Random, Refusal } from '@consort/protocol'
import { Tensor } from 'onnxruntime-node'
import { sizeOf } from '../graph/shapes.ts'
import type { ModelPlan } from '../model/model-plan.ts'
import type { Batch } from '../training/batch-filler.ts'
import type { ParameterMemory } from '../training/parameter-memory.ts'
import { gradientName, stepNames, trainingGraph } from '../training/training-graph.ts'
import { parameterTensors } from './parameter-tensors.ts'
import { openSession } from './session.ts'

/** Forward and backward pass of a model over one batch, reading and writing fixed memory. */
export interface Step {
  /** Fill this before each run. */
  readonly batch: Batch
  drawMasks(random: Random): void
  /** Puts gradients into the memory and returns the loss. Throws `training-diverged` when that is not finite. */
  run(): Promise<number>
  close(): Promise<void>
}

export interface StepSetup {
  readonly loss: LossKind
  /** Of cross-entropy's labels; 0 for none. */
  readonly smoothing?: number
  readonly batchSize: number
  readonly memory: ParameterMemory
  readonly threads: number
}

/** Every tensor is made once: ONNX Runtime reads inputs from, and writes outputs to, the same arrays each time. */
export async function openStep(
  plan: ModelPlan,
  { loss, smoothing = 0, batchSize, memory, threads }: StepSetup,
): Promise<Step> {
  const graph = trainingGraph(plan, { loss, smoothing, batchSize })
  const session = await openSession(graph.onnx, threads)
  const batch: Batch = {
    inputs: new Float32Array(batchSize * sizeOf(plan.inputShape)),
    labels: loss === 'mse' ? new Float32Array(batchSize) : new Int32Array(batchSize),
    weights: new Float32Array(batchSize),
  }
  const masks = graph.dropout.map(mask => ({ ...mask, values: new Float32Array(sizeOf(mask.shape)) }))
  const lossOut = new Float32Array(1)
  const feeds: Record<string, Tensor> = {
    [stepNames.input]: new Tensor('float32', batch.inputs, [batchSize, ...plan.inputShape]),
    [stepNames.labels]: labelTensor(batch.labels),
    [stepNames.weights]: new Tensor('float32', batch.weights, [batchSize, 1]),
    ...parameterTensors(plan, memory.parameters, name => name),
  }
  const fetches: Record<string, Tensor> = {
    [stepNames.loss]: new Tensor('float32', lossOut, []),
    ...parameterTensors(plan, memory.gradients, gradientName),
  }
  for (const { name, values, shape } of masks) feeds[name] = new Tensor('float32', values, shape)

  return {
    batch,
    drawMasks(random) {
      for (const { values, rate } of masks) drawMask(values, rate, random)
    },
    async run() {
      await session.run(feeds, fetches)
      return assertFinite(lossOut[0]!)
    },
    close: () => session.release(),
  }
}

/** The loss itself. Throws `training-diverged` when it is not finite. */
function assertFinite(loss: number): number {
  if (Number.isFinite(loss)) return loss
  throw new Refusal('training-diverged', 'The loss is no longer a finite number', {
    hint: 'Lower the learning rate, or look for extreme values in the inputs.',
  })
}

export function labelTensor(labels: Batch['labels']): Tensor {
  if (labels instanceof Float32Array) return new Tensor('float32', labels, [labels.length, 1])
  return new Tensor('int32', labels, [labels.length, 1])
}

/** Inverted dropout (Srivastava et al. 2014): 0 with probability `rate`, else 1/(1 − rate). */
export function drawMask(values: Float32Array, rate: number, random: Random): void {
  const threshold = rate * 2 ** 32
  const kept = 1 / (1 - rate)
  for (let index = 0; index < values.length; index++) values[index] = random.bits() < threshold ? 0 : kept
}
