import assert from 'node:assert/strict'
import type { LossKind } from '@consort/protocol'
import { type Clipping, clippedGradients } from '../autodiff/clipped-gradients.ts'
import { gradients } from '../autodiff/gradients.ts'
import { Graph, type Value } from '../graph/graph.ts'
import { forward } from '../model/forward.ts'
import type { ModelPlan } from '../model/model-plan.ts'
import { encodeGraph } from '../onnx/encode-graph.ts'
import { lossValue } from './losses.ts'

export interface DropoutInput {
  readonly name: string
  readonly shape: readonly number[]
  readonly rate: number
}

/** The names that a training step feeds and fetches, beside one input and one output for each parameter. */
export const stepNames = {
  input: 'input',
  labels: 'labels',
  weights: 'weights',
  loss: 'loss',
  /** Of clipped steps: each example's norm before clipping. */
  norms: 'norms',
} as const

export const gradientName = (parameter: string): string => `gradient.${parameter}`

export interface TrainingGraph {
  readonly onnx: Uint8Array
  /** Masks to draw anew for every step. */
  readonly dropout: readonly DropoutInput[]
}

interface LossSpec {
  readonly loss: LossKind
  /** Of cross-entropy's labels; 0 for none. */
  readonly smoothing?: number
}

/** Forward and backward pass of one step as an ONNX model for batches of exactly `batchSize`. */
export function trainingGraph(
  plan: ModelPlan,
  { batchSize, ...loss }: LossSpec & { batchSize: number },
): TrainingGraph {
  const { graph, total, parameters, dropout } = modelLoss(plan, { ...loss, batchSize })
  showGradients(plan, graph, gradients(total, parameters))
  return { onnx: encodeGraph(graph), dropout }
}

/**
 * The same with clipped gradients, for batches of any size: the weight of an example is 1, of padding 0. Shapes of
 * dropout masks leave out the batch.
 */
export function clippedTrainingGraph(
  plan: ModelPlan,
  { clipping, ...loss }: LossSpec & { clipping: Clipping },
): TrainingGraph {
  const { graph, total, parameters, dropout } = modelLoss(plan, { ...loss, batchSize: anyBatch })
  const { sums, norms } = clippedGradients(total, parameters, clipping)
  showGradients(plan, graph, sums)
  graph.output(stepNames.norms, norms)
  assert(!graph.constants.some(holdsBatch), 'no part of a graph for any batch knows its size')
  const inputs = [stepNames.input, stepNames.labels, stepNames.weights, ...dropout.map(({ name }) => name)]
  const onnx = encodeGraph(graph, { batch: { symbol: 'N', inputs, outputs: [stepNames.norms] } })
  return { onnx, dropout: dropout.map(mask => ({ ...mask, shape: mask.shape.slice(1) })) }
}

/** Stands in for a batch of any size while a graph is built; a prime that no layer is likely to have as a dimension. */
export const anyBatch = 1_000_003

/** Tells whether a constant knows that size: then the graph is of use for no other. */
export function holdsBatch({ data }: Graph['constants'][number]): boolean {
  return data instanceof BigInt64Array && data.some(number => number > 0n && number % BigInt(anyBatch) === 0n)
}

function modelLoss(plan: ModelPlan, { loss, smoothing = 0, batchSize }: LossSpec & { batchSize: number }) {
  const graph = new Graph()
  const input = graph.input(stepNames.input, [batchSize, ...plan.inputShape])
  const labels = graph.input(stepNames.labels, [batchSize, 1], loss === 'mse' ? 'float32' : 'int32')
  const weights = graph.input(stepNames.weights, [batchSize, 1])
  const parameters = new Map(plan.parameters.map(({ name, shape }) => [name, graph.input(name, shape)]))
  const dropout: DropoutInput[] = []
  const dropoutMask = (name: string, like: Value, rate: number): Value => {
    dropout.push({ name, shape: like.shape, rate })
    return graph.input(name, like.shape)
  }
  const scores = forward(plan, input, { parameter: name => parameters.get(name)!, dropoutMask })
  const total = lossValue(loss, { scores, labels, weights, smoothing })
  graph.output(stepNames.loss, total)
  return { graph, total, parameters: [...parameters.values()], dropout }
}

/** Makes the gradients of a plan's parameters, in their order, outputs of the graph. */
export function showGradients(
  { parameters }: Pick<ModelPlan, 'parameters'>,
  graph: Graph,
  found: readonly Value[],
): void {
  for (const [index, { name }] of parameters.entries()) graph.output(gradientName(name), found[index]!)
}

/** The forward pass alone: `input` and parameters in, `scores` out. */
export function scoringGraph(plan: ModelPlan, batchSize: number): Uint8Array {
  const graph = new Graph()
  const input = graph.input(stepNames.input, [batchSize, ...plan.inputShape])
  const parameters = new Map(plan.parameters.map(({ name, shape }) => [name, graph.input(name, shape)]))
  graph.output('scores', forward(plan, input, { parameter: name => parameters.get(name)! }))
  return encodeGraph(graph)
}
