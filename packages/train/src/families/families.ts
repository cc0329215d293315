import type { ModelSpec, Recipe } from '@consort/protocol'
import { adapter } from './adapter/adapter.ts'
import type { ExportOptions, ModelFamily, TrainedParts } from './family.ts'
import { layered } from './layers/layered.ts'

/** Every kind of `model` in a recipe, and the family that makes it. */
const families = {
  logistic: layered,
  mlp: layered,
  cnn: layered,
  adapter,
} as const satisfies Record<ModelSpec['kind'], ModelFamily>

/** The family of a recipe's model. */
export function familyOf({ model }: Pick<Recipe, 'model'>): ModelFamily {
  return families[model.kind]
}

/** What a recipe trains. Throws `recipe-invalid` with the path of what does not fit. */
export function trainedParts(recipe: Recipe): TrainedParts {
  return familyOf(recipe).describe(recipe)
}

/**
 * A trained model as an ONNX file for any runtime. Input `input` [N, …]: pixels as floats from 0 to 255, or the
 * features as the recipe encodes them. Output `scores` [N, outputs] and, for classes, `probabilities` [N, classes]; for
 * numbers `scores` are in the label's own unit. With `embedding` also what the last layer is given, [N, width]. Recipe
 * and version travel in the metadata. Throws `too-large` where an ONNX file cannot hold it.
 */
export function exportModel(
  recipe: Recipe,
  weights: Float32Array,
  version: string,
  options?: ExportOptions,
): Uint8Array {
  return familyOf(recipe).exportModel(recipe, weights, version, options)
}
