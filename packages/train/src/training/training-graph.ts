import type { LossKind } from '@consort/protocol'
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
export const stepNames = { input: 'input', labels: 'labels', weights: 'weights', loss: 'loss' } as const

export const gradientName = (parameter: string): string => `gradient.${parameter}`

export interface TrainingGraph {
  readonly onnx: Uint8Array
  /** Masks to draw anew for every step. */
  readonly dropout: readonly DropoutInput[]
}

/** Forward and backward pass of one step as an ONNX model for batches of exactly `batchSize`. */
export function trainingGraph(
  plan: ModelPlan,
  { loss, batchSize }: { loss: LossKind; batchSize: number },
): TrainingGraph {
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
  const total = lossValue(loss, { scores, labels, weights })
  const found = gradients(total, [...parameters.values()])
  for (const [index, { name }] of plan.parameters.entries()) graph.output(gradientName(name), found[index]!)
  graph.output(stepNames.loss, total)
  return { onnx: encodeGraph(graph), dropout }
}

/** The forward pass alone: `input` and parameters in, `scores` out. */
export function scoringGraph(plan: ModelPlan, batchSize: number): Uint8Array {
  const graph = new Graph()
  const input = graph.input(stepNames.input, [batchSize, ...plan.inputShape])
  const parameters = new Map(plan.parameters.map(({ name, shape }) => [name, graph.input(name, shape)]))
  graph.output('scores', forward(plan, input, { parameter: name => parameters.get(name)! }))
  return encodeGraph(graph)
}
