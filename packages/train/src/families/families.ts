import type { ModelSpec, Recipe } from '@consort/protocol'
import type { ModelFamily, TrainedParts } from './family.ts'
import { layered } from './layers/layered.ts'

/** Every kind of `model` in a recipe, and the family that makes it. */
const families = {
  logistic: layered,
  mlp: layered,
  cnn: layered,
} as const satisfies Record<ModelSpec['kind'], ModelFamily>

/** The family of a recipe's model. */
export function familyOf({ model }: Pick<Recipe, 'model'>): ModelFamily {
  return families[model.kind]
}

/** What a recipe trains. Throws `recipe-invalid` with the path of what does not fit. */
export function trainedParts(recipe: Recipe): TrainedParts {
  return familyOf(recipe).describe(recipe)
}
