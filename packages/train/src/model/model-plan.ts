import {
  type InputSpec,
  inputShapeOf,
  layoutOf,
  type ModelSpec,
  outputsOf,
  type Recipe,
  type TensorLayout,
} from '@consort/protocol'
import { type EmbeddedColumns, embeddedColumns } from './embedding.ts'
import { type ParameterPlan, parametersOf } from './layer-parameters.ts'
import { outputShapeOf, unfit } from './layer-shape.ts'

type LayerSpec = Extract<ModelSpec, { layers: unknown }>['layers'][number]
type EmbeddingSpec = Extract<LayerSpec, { kind: 'embedding' }>

/** A recipe's layer, an embedding with the columns that it finds. */
export type Layer =
  | Exclude<LayerSpec, EmbeddingSpec>
  | (EmbeddingSpec & { readonly columns: EmbeddedColumns })

/** A layer with everything inferred. Shapes leave out the batch. */
export interface PlannedLayer {
  readonly layer: Layer & { readonly name: string }
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
  const hidden: readonly LayerSpec[] = recipe.model.kind === 'logistic' ? [] : recipe.model.layers
  const output: LayerSpec = { kind: 'dense', units: outputs, activation: 'none' }
  const layers: PlannedLayer[] = []
  const parameters: ParameterPlan[] = []
  const counts = new Map<string, number>()

  let shape: readonly number[] = inputShape
  for (const [index, spec] of [...hidden, output].entries()) {
    const number = (counts.get(spec.kind) ?? 0) + 1
    counts.set(spec.kind, number)
    const name = spec === output ? 'output' : `${spec.kind}${number}`
    const path = `model.layers[${index}]`
    const layer =
      spec.kind === 'embedding'
        ? withColumns(spec, { input: recipe.input, isFirst: index === 0, path })
        : spec
    const outputShape = outputShapeOf(layer, shape, path)
    layers.push({ layer: { ...layer, name }, inputShape: shape, outputShape })
    parameters.push(...parametersOf(name, layer, shape))
    shape = outputShape
  }
  return { inputShape, outputs, layers, parameters, layout: layoutOf(parameters) }
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
