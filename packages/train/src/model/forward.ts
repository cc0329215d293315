import type { Activation } from '@consort/protocol'
import type { Value } from '../graph/graph.ts'
import { add, mul, relu, sigmoid, tanh } from '../ops/elementwise.ts'
import { gemm } from '../ops/linear.ts'
import { flatten } from '../ops/movement.ts'
import { averagePool, conv, globalAveragePool, maxPool } from '../ops/window.ts'
import { embedded } from './embedding.ts'
import type { ModelPlan } from './model-plan.ts'
import { normalised } from './normalised.ts'
import type { Layer, PlannedLayer } from './planned-layer.ts'
import { pooledConv } from './pooled-conv.ts'

type Conv = Extract<Layer, { kind: 'conv' }>
type MaxPool = Extract<Layer, { kind: 'max-pool' }>

export interface ForwardOptions {
  /** The value that stands for a named parameter. */
  readonly parameter: (name: string) => Value
  /** While training: a tensor of 0 and 1/(1 − rate) for one dropout layer. Dropout does nothing without it. */
  readonly dropoutMask?: (name: string, like: Value, rate: number) => Value
}

/** Adds a model's forward pass to the graph of `input` [B, …] and returns its scores [B, outputs]. */
export function forward({ layers }: ModelPlan, input: Value, options: ForwardOptions): Value {
  return through(layers, input, { ...options, input })
}

/** `input` is that of the model, whose gradient nobody wants. */
type Surroundings = ForwardOptions & { readonly input: Value }

function through(layers: readonly PlannedLayer[], from: Value, options: Surroundings): Value {
  let x = from
  for (let index = 0; index < layers.length; index++) {
    const { layer } = layers[index]!
    const next = layers[index + 1]?.layer
    if (layer.kind === 'conv' && next?.kind === 'max-pool') {
      x = pooled(layer, next, x, options)
      index += 1
    } else {
      x = layerValue(layer, x, options)
    }
  }
  return x
}

function layerValue(layer: Layer & { name: string }, x: Value, options: Surroundings): Value {
  const { parameter, dropoutMask } = options
  switch (layer.kind) {
    case 'residual': {
      const sum = add(through(layer.layers, x, options), through(layer.shortcut, x, options))
      return activate(layer.activation, sum)
    }
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
    case 'layer-norm':
    case 'group-norm': {
      const [weight, bias] = [parameter(`${layer.name}.weight`), parameter(`${layer.name}.bias`)]
      const groups = layer.kind === 'group-norm' ? layer.groups : 1
      return activate(layer.activation, normalised({ input: x, weight, bias, groups }))
    }
    case 'embedding':
      return embedded(x, parameter(`${layer.name}.weight`), layer.columns)
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
 * where there is less to do.
 */
function pooled(
  conv: Conv & { name: string },
  pool: MaxPool,
  x: Value,
  { parameter, dropoutMask, input }: Surroundings,
): Value {
  const { stride, padding, dilation, groups, name, activation } = conv
  const isTiled = pool.stride === undefined || pool.stride === pool.size
  const isTraining = dropoutMask !== undefined
  if (!isTraining || !isTiled || groups > 1 || pool.size > placesMax) {
    return activate(activation, maxPool(convValue(conv, x, parameter), pool.size, pool.stride))
  }
  const weight = parameter(`${name}.weight`)
  const bias = parameter(`${name}.bias`)
  const wantsInputGradient = x !== input
  return activate(
    activation,
    pooledConv({ input: x, weight, bias, stride, padding, dilation, pool: pool.size, wantsInputGradient }),
  )
}

/** Larger windows are rare, and a convolution for each of their places would be too many. */
const placesMax = 3
