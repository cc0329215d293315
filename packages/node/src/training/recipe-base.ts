import { type Digest, type Recipe, Refusal } from '@consort/protocol'
import { type FrozenTensors, frozenTensors, type ReadableBase } from '@consort/train'
import type { NodeEngine } from './engines.ts'

/** Opens the base model with this digest; it stays where it is until it is closed. */
export type OpenRecipeBase = (sha256: Digest) => Promise<ReadableBase & { close(): Promise<void> }>

/**
 * Opens an engine with the tensors of the recipe's base model, which is held as long as the engine is open. Recipes
 * without one open none.
 */
export async function openWithBase(
  recipe: Recipe,
  openBase: OpenRecipeBase,
  openEngine: (base: { base?: FrozenTensors }) => Promise<NodeEngine>,
): Promise<NodeEngine> {
  if (recipe.model.kind !== 'adapter') return await openEngine({})
  const base = await openBase(recipe.model.base.sha256)
  try {
    const engine = await openEngine({ base: await frozenTensors(recipe, base) })
    return {
      train: engine.train,
      evaluate: engine.evaluate,
      async [Symbol.asyncDispose]() {
        await engine[Symbol.asyncDispose]()
        await base.close()
      },
    }
  } catch (error) {
    await base.close()
    throw error
  }
}

/** A node that has no store of base models. */
export const noBases: OpenRecipeBase = async sha256 => {
  throw new Refusal('weights-invalid', `The base model ${sha256} is not on this node`, {
    hint: 'Add it with `consort base add`; its digest stands in the recipe.',
  })
}
