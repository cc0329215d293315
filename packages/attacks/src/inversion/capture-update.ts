import { parseRecipe, type Recipe, type RecipeInput } from '@consort/protocol'
import { type Examples, initialWeights, planModel } from '@consort/train'
import { openTrainer } from '@consort/train/engine'

/** What a hub has of a partner that trains plainly: the weights that it sent, and those that came back. */
export interface CapturedUpdate {
  readonly recipe: Recipe
  /** What came back less what was sent, in the layout of the recipe's model. */
  readonly update: Float32Array
}

/** Units of the first layer, enough to tell many pictures apart. */
const units = 256

/**
 * One round of one step of plain descent over all of `examples`, by the engine that a node trains with: the least that
 * hides a record. `weights` are those that the hub sends, by default the ones that the recipe begins with;
 * `privacy` and `model` can be another's.
 */
export async function captureUpdate(
  examples: Examples,
  {
    weights,
    ...rest
  }: { weights?: Float32Array; model?: RecipeInput['model']; privacy?: RecipeInput['privacy'] } = {},
): Promise<CapturedUpdate> {
  const recipe = inversionRecipe(examples, rest)
  const start = weights ?? initialWeights(planModel(recipe), recipe.seed)
  const trainer = await openTrainer(recipe, examples)
  try {
    const request = { weights: start, epochs: 1, seed: 1, progress: [0, 1], proximal: 0 } as const
    const { weights: after } = await trainer.train(request)
    return { recipe, update: after.map((weight, index) => weight - start[index]!) }
  } finally {
    await trainer.close()
  }
}

/** A network whose first layer is dense, over pictures like these in ten classes. */
export function inversionRecipe(
  { count, inputShape }: Pick<Examples, 'count' | 'inputShape'>,
  rest: { model?: RecipeInput['model']; privacy?: RecipeInput['privacy'] } = {},
): Recipe {
  const [channels, height, width] = inputShape
  return parseRecipe({
    recipe: 1,
    name: 'inversion',
    dataset: 'inversion',
    task: { kind: 'classification', classes: [...'0123456789'] },
    input: { kind: 'images', channels, height, width },
    model: { kind: 'mlp', layers: [{ kind: 'dense', units, activation: 'relu' }] },
    optimiser: { kind: 'sgd', learningRate: 1 },
    batchSize: count,
    ...rest,
  })
}
