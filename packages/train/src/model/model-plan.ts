import {
  type InputSpec,
  inputShapeOf,
  layoutOf,
  outputsOf,
  type Recipe,
  type TensorLayout,
} from '@consort/protocol'
import { embeddedColumns } from './embedding.ts'
import { type ParameterPlan, parametersOf } from './layer-parameters.ts'
import { outputShapeOf, unfit } from './layer-shape.ts'
import type { EmbeddingSpec, Layer, LayerSpec, PlannedLayer } from './planned-layer.ts'

export interface ModelPlan {
  readonly inputShape: readonly number[]
  readonly outputs: number
  readonly layers: readonly PlannedLayer[]
  readonly parameters: readonly ParameterPlan[]
  /** How the weights lie in memory and in files. */
  readonly layout: TensorLayout
}

/**
 * Follows a recipe's layers from the input to the output. Throws `recipe-invalid` with the path of a layer that does
 * not fit.
 */
export function planModel(recipe: Recipe): ModelPlan {
  const inputShape = inputShapeOf(recipe.input)
  const outputs = outputsOf(recipe)
  const hidden = hiddenLayersOf(recipe)
  const output: LayerSpec = { kind: 'dense', units: outputs, activation: 'none' }
  const walk = createWalk(recipe.input)
  const before = walk.through(hidden, inputShape, 'model.layers')
  const shape = before.at(-1)?.outputShape ?? inputShape
  const layers = [...before, walk.plan(output, shape, { path: 'model', name: 'output' })]
  return { inputShape, outputs, layers, parameters: walk.parameters, layout: layoutOf(walk.parameters) }
}

function hiddenLayersOf({ model }: Recipe): readonly LayerSpec[] {
  if (model.kind === 'adapter') throw unfit('model.kind', 'an adapter is no network of layers')
  return model.kind === 'logistic' ? [] : model.layers
}

/** Plans layers one after the other, and collects their parameters; a layer's name counts those of its kind so far. */
function createWalk(input: InputSpec) {
  const parameters: ParameterPlan[] = []
  const counts = new Map<string, number>()
  let names = 0

  const nextName = ({ kind }: LayerSpec): string => {
    names += 1
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
    return `${kind}${counts.get(kind)}`
  }
  const layerOf = (spec: LayerSpec, shape: readonly number[], path: string): Layer => {
    if (spec.kind === 'embedding') return withColumns(spec, { input, isFirst: names === 1, path })
    if (spec.kind !== 'residual') return spec
    const layers = through(spec.layers, shape, `${path}.layers`)
    return { ...spec, layers, shortcut: through(spec.shortcut, shape, `${path}.shortcut`) }
  }
  const plan = (
    spec: LayerSpec,
    shape: readonly number[],
    { path, name = nextName(spec) }: { path: string; name?: string },
  ): PlannedLayer => {
    const layer = layerOf(spec, shape, path)
    const outputShape = outputShapeOf(layer, shape, path)
    parameters.push(...parametersOf(name, layer, shape))
    return { layer: { ...layer, name }, inputShape: shape, outputShape }
  }
  const through = (specs: readonly LayerSpec[], from: readonly number[], path: string): PlannedLayer[] => {
    const planned: PlannedLayer[] = []
    for (const [index, spec] of specs.entries()) {
      const shape = planned.at(-1)?.outputShape ?? from
      planned.push(plan(spec, shape, { path: `${path}[${index}]` }))
    }
    return planned
  }
  return { parameters, plan, through }
}

function withColumns(
  spec: EmbeddingSpec,
  { input, isFirst, path }: { input: InputSpec; isFirst: boolean; path: string },
): Layer {
  if (!isFirst) throw unfit(path, 'an embedding reads the columns of the table, so it is the first layer')
  const columns = embeddedColumns(input, spec)
  if (columns.categories.length === 0) throw unfit(path, 'an embedding needs a table with a category')
  return { ...spec, columns }
}
