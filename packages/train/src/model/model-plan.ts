import {
  type CnnLayer,
  inputShapeOf,
  layoutOf,
  outputsOf,
  type Recipe,
  Refusal,
  type TensorLayout,
} from '@consort/protocol'

/** One tensor of weights and how it begins. */
export interface ParameterPlan {
  readonly name: string
  readonly shape: readonly number[]
  /** Glorot, Bengio 2010: uniform within ±√(6/(in + out)); biases begin at zero. */
  readonly initial:
    | { readonly kind: 'zeros' }
    | { readonly kind: 'glorot'; readonly fanIn: number; readonly fanOut: number }
}

type WithName<L> = L & { readonly name: string }

/** A layer with everything inferred. Shapes leave out the batch. */
export interface PlannedLayer {
  readonly layer: WithName<CnnLayer>
  readonly inputShape: readonly number[]
  readonly outputShape: readonly number[]
}

export interface ModelPlan {
  readonly inputShape: readonly number[]
  readonly outputs: number
  readonly layers: readonly PlannedLayer[]
  readonly parameters: readonly ParameterPlan[]
  /** How the weights lie in memory and in files. */
  readonly layout: TensorLayout
}

/** Follows a recipe's layers from the input to the output. Throws `recipe-invalid` with the path of a layer that does not fit. */
export function planModel(recipe: Recipe): ModelPlan {
  const inputShape = inputShapeOf(recipe.input)
  const outputs = outputsOf(recipe)
  const hidden: CnnLayer[] = recipe.model.kind === 'logistic' ? [] : recipe.model.layers
  const output: CnnLayer = { kind: 'dense', units: outputs, activation: 'none' }
  const layers: PlannedLayer[] = []
  const parameters: ParameterPlan[] = []
  const counts = new Map<string, number>()

  let shape: readonly number[] = inputShape
  for (const [index, layer] of [...hidden, output].entries()) {
    const number = (counts.get(layer.kind) ?? 0) + 1
    counts.set(layer.kind, number)
    const name = layer === output ? 'output' : `${layer.kind}${number}`
    const outputShape = outputShapeOf(layer, shape, `model.layers[${index}]`)
    layers.push({ layer: { ...layer, name }, inputShape: shape, outputShape })
    parameters.push(...parametersOf(name, layer, shape))
    shape = outputShape
  }
  return { inputShape, outputs, layers, parameters, layout: layoutOf(parameters) }
}

function outputShapeOf(layer: CnnLayer, shape: readonly number[], path: string): readonly number[] {
  switch (layer.kind) {
    case 'dense':
      return [layer.units]
    case 'dropout':
      return shape
    case 'global-average-pool':
      return [planeOf(shape, path).channels]
    case 'conv': {
      const { channels, height, width } = planeOf(shape, path)
      if (channels % layer.groups !== 0 || layer.filters % layer.groups !== 0) {
        throw unfit(
          `${path}.groups`,
          `${layer.groups} groups divide neither ${channels} channels nor ${layer.filters} filters evenly`,
        )
      }
      const span = layer.dilation * (layer.kernel - 1) + 1
      const along = (size: number): number =>
        positions(size + 2 * layer.padding, span, layer.stride, `${path}.kernel`)
      return [layer.filters, along(height), along(width)]
    }
    case 'max-pool':
    case 'average-pool': {
      const { channels, height, width } = planeOf(shape, path)
      const along = (size: number): number =>
        positions(size, layer.size, layer.stride ?? layer.size, `${path}.size`)
      return [channels, along(height), along(width)]
    }
  }
}

function planeOf(
  shape: readonly number[],
  path: string,
): { channels: number; height: number; width: number } {
  const [channels, height, width] = shape
  if (channels === undefined || height === undefined || width === undefined) {
    throw unfit(path, 'needs a picture, but the layer before it has already made a vector')
  }
  return { channels, height, width }
}

function positions(size: number, window: number, stride: number, path: string): number {
  if (window > size) throw unfit(path, `a window of ${window} does not fit into ${size} pixels`)
  return Math.floor((size - window) / stride) + 1
}

function unfit(path: string, message: string): Refusal {
  return new Refusal('recipe-invalid', `${path}: ${message}`, {
    path,
    hint: 'Follow the sizes from the input layer by layer.',
  })
}

function parametersOf(name: string, layer: CnnLayer, shape: readonly number[]): ParameterPlan[] {
  const zeros = (size: number): ParameterPlan => ({
    name: `${name}.bias`,
    shape: [size],
    initial: { kind: 'zeros' },
  })
  if (layer.kind === 'dense') {
    const fanIn = shape.reduce((product, dimension) => product * dimension, 1)
    const initial = { kind: 'glorot', fanIn, fanOut: layer.units } as const
    return [{ name: `${name}.weight`, shape: [layer.units, fanIn], initial }, zeros(layer.units)]
  }
  if (layer.kind === 'conv') {
    const channels = shape[0]! / layer.groups
    const field = layer.kernel ** 2
    const initial = {
      kind: 'glorot',
      fanIn: channels * field,
      fanOut: (layer.filters / layer.groups) * field,
    } as const
    return [
      { name: `${name}.weight`, shape: [layer.filters, channels, layer.kernel, layer.kernel], initial },
      zeros(layer.filters),
    ]
  }
  return []
}
