import type { Activation, CnnLayer } from '@consort/protocol'
import type { Value } from '../graph/graph.ts'
import { max, mul, relu, sigmoid, tanh } from '../ops/elementwise.ts'
import { gemm } from '../ops/linear.ts'
import { flatten, pad, slice } from '../ops/movement.ts'
import { averagePool, conv, globalAveragePool, maxPool } from '../ops/window.ts'
import type { ModelPlan, PlannedLayer } from './model-plan.ts'

type Conv = Extract<CnnLayer, { kind: 'conv' }>
type MaxPool = Extract<CnnLayer, { kind: 'max-pool' }>

export interface ForwardOptions {
  /** The value that stands for a named parameter. */
  readonly parameter: (name: string) => Value
  /** While training: a tensor of 0 and 1/(1 − rate) for one dropout layer. Dropout does nothing without it. */
  readonly dropoutMask?: (name: string, like: Value, rate: number) => Value
}

/** Adds a model's forward pass to the graph of `input` [B, …] and returns its scores [B, outputs]. */
export function forward(plan: ModelPlan, input: Value, options: ForwardOptions): Value {
  const { layers } = plan
  let x = input
  for (let index = 0; index < layers.length; index++) {
    const { layer } = layers[index]!
    const next = layers[index + 1]?.layer
    if (layer.kind === 'conv' && next?.kind === 'max-pool') {
      x = pooledConv(layers[index]!, next, x, { ...options, isFirst: x === input })
      index += 1
    } else {
      x = layerValue(layer, x, options)
    }
  }
  return x
}

function layerValue(
  layer: CnnLayer & { name: string },
  x: Value,
  { parameter, dropoutMask }: ForwardOptions,
): Value {
  switch (layer.kind) {
    case 'dense': {
      const flat = x.shape.length === 2 ? x : flatten(x)
      const bias = parameter(`${layer.name}.bias`)
      return activate(layer.activation, gemm(flat, parameter(`${layer.name}.weight`), { transB: true, bias }))
    }
    case 'conv':
      return activate(layer.activation, convValue(layer, x, parameter))
    case 'max-pool':
      return maxPool(x, layer.size, layer.stride)
    case 'average-pool':
      return averagePool(x, layer.size, layer.stride)
    case 'global-average-pool':
      return flatten(globalAveragePool(x))
    case 'dropout':
      return dropoutMask && layer.rate > 0 ? mul(x, dropoutMask(layer.name, x, layer.rate)) : x
  }
}

function convValue(layer: Conv & { name: string }, x: Value, parameter: ForwardOptions['parameter']): Value {
  const { padding, stride, dilation, groups, name } = layer
  return conv(x, parameter(`${name}.weight`), parameter(`${name}.bias`), {
    stride: [stride, stride],
    pads: [padding, padding, padding, padding],
    dilation: [dilation, dilation],
    groups,
  })
}

function activate(activation: Activation, x: Value): Value {
  switch (activation) {
    case 'none':
      return x
    case 'relu':
      return relu(x)
    case 'sigmoid':
      return sigmoid(x)
    case 'tanh':
      return tanh(x)
  }
}

/**
 * A convolution with the max-pooling after it. Activations here never decrease, so they may come after the pooling,
 * where there is less to do. While training, the first layer of a model is pooled as the largest of size² strided
 * convolutions, one for each place in a window: ONNX Runtime's MaxPool with indices costs more than all of them
 * (conv 16 on 28×28, batch 32: 1.5 ms against 0.4 ms), but later layers would pay more for their input gradients.
 */
function pooledConv(
  { layer, outputShape }: PlannedLayer,
  pool: MaxPool,
  x: Value,
  options: ForwardOptions & { isFirst: boolean },
): Value {
  const planned = layer as Conv & { name: string }
  const isTiled = pool.stride === undefined || pool.stride === pool.size
  if (!options.isFirst || !options.dropoutMask || !isTiled || pool.size > 3) {
    return activate(
      planned.activation,
      maxPool(convValue(planned, x, options.parameter), pool.size, pool.stride),
    )
  }
  const { kernel, stride, dilation, padding, groups, name } = planned
  const padded = padding > 0 ? pad(x, [0, 0, padding, padding], [0, 0, padding, padding]) : x
  const places = Array.from({ length: pool.size }, (_, index) => index)
  const counts = outputShape.slice(1).map(size => Math.floor(size / pool.size))
  const reach = counts.map(count => (count - 1) * stride * pool.size + dilation * (kernel - 1) + 1)
  const phases = places.flatMap(row =>
    places.map(column => {
      const shifted = slice(padded, [
        { axis: 2, start: row * stride, count: reach[0]! },
        { axis: 3, start: column * stride, count: reach[1]! },
      ])
      return conv(shifted, options.parameter(`${name}.weight`), options.parameter(`${name}.bias`), {
        stride: [stride * pool.size, stride * pool.size],
        dilation: [dilation, dilation],
        groups,
      })
    }),
  )
  const [first, ...others] = phases
  return activate(planned.activation, max(first!, ...others))
}
