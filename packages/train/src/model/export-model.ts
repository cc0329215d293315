import { pixelsOf, type Recipe, Refusal } from '@consort/protocol'
import { Graph, type Value } from '../graph/graph.ts'
import { encodeGraph } from '../onnx/encode-graph.ts'
import { decodeMessage } from '../onnx/protobuf.ts'
import { add, mul, sigmoid, softmax } from '../ops/elementwise.ts'
import { concat, flatten } from '../ops/movement.ts'
import { forward } from './forward.ts'
import { planModel } from './model-plan.ts'

/** Protobuf files end here. */
const bytesMax = 2 ** 31 - 1

const recipeKey = 'consort.recipe'
const originKey = 'consort.version'

/**
 * A model as an ONNX file for any runtime. Input `input` [N, …]: pixels as floats from 0 to 255, or the features as the
 * recipe encodes them. Output `scores` [N, outputs] and, for classes, `probabilities` [N, classes]; for numbers
 * `scores` are already in the label's own unit. With `embedding` also what the last layer is given, [N, width]: the
 * activations before it, or the features as the recipe scales them where there is no other layer. Recipe and version
 * travel in the metadata.
 */
export function exportModel(
  recipe: Recipe,
  weights: Float32Array,
  version: string,
  { embedding = false }: { readonly embedding?: boolean } = {},
): Uint8Array {
  const plan = planModel(recipe)
  const graph = new Graph()
  const input = graph.input('input', [1, ...plan.inputShape])
  const parameters = new Map(
    plan.layout.tensors.map(({ name, shape, offset, size }) => [
      name,
      graph.initializer(name, weights.subarray(offset, offset + size), shape),
    ]),
  )
  const parameter = (name: string): Value => parameters.get(name)!
  const { layers } = plan
  const last = forward({ ...plan, layers: layers.slice(0, -1) }, scaledInput(recipe, input), { parameter })
  const scores = forward({ ...plan, layers: layers.slice(-1) }, last, { parameter })
  if (embedding) graph.output('embedding', flatten(last))
  if (recipe.task.kind === 'regression')
    graph.output('scores', add(mul(scores, recipe.task.scale), recipe.task.center))
  else {
    graph.output('scores', scores)
    if (recipe.export.output === 'probabilities') graph.output('probabilities', probabilities(scores))
  }
  const file = encodeGraph(graph, {
    batch: { symbol: 'N', inputs: ['input'] },
    metadata: { [recipeKey]: JSON.stringify(recipe), [originKey]: version },
  })
  if (file.length > bytesMax) throw new Refusal('too-large', 'An ONNX file cannot hold 2 GiB or more')
  return file
}

function scaledInput({ input: spec }: Recipe, input: Value): Value {
  const scaling = pixelsOf(spec)
  if (!scaling) return input
  return add(mul(input, 1 / (255 * scaling.deviation)), -scaling.mean / scaling.deviation)
}

function probabilities(scores: Value): Value {
  if (scores.shape[1]! > 1) return softmax(scores)
  const positive = sigmoid(scores)
  return concat([add(mul(positive, -1), 1), positive], 1)
}

/** What `exportModel` wrote beside the graph. Throws `weights-invalid` for other files. */
export function exportedOrigin(onnx: Uint8Array): { recipe: unknown; version: string } {
  try {
    const entries = new Map(decodeMessage('Model', onnx).metadata?.map(({ key, value }) => [key, value]))
    return { recipe: JSON.parse(entries.get(recipeKey)!), version: entries.get(originKey)! }
  } catch (cause) {
    throw new Refusal('weights-invalid', 'This is not an ONNX file that Consort exported', {
      hint: 'Export it with `consort model export`.',
      cause,
    })
  }
}
