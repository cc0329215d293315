import { type OpenBase, openTextTokens } from '@consort/bases'
import { type AdapterSpec, type Recipe, tokensMaxOf } from '@consort/protocol'
import { type FrozenTensors, frozenTensors, type ReadableBase, type Tokenize } from '@consort/train'
import type { NodeEngine } from './engines.ts'

/** Opens the base model of a recipe; it stays where it is until it is closed. */
export type OpenRecipeBase = (
  base: AdapterSpec['base'],
) => Promise<ReadableBase & Pick<OpenBase, 'tokenizer' | 'close'>>

/** What a recipe's base gives to its training; nothing where the recipe has none. */
export interface BaseParts {
  readonly base?: FrozenTensors
  readonly tokenize?: Tokenize
}

/**
 * Opens an engine with the tensors and the tokens of the recipe's base model, which is held as long as the engine is
 * open. Recipes without one open none.
 */
export async function openWithBase(
  recipe: Recipe,
  openBase: OpenRecipeBase,
  openEngine: (parts: BaseParts) => Promise<NodeEngine>,
): Promise<NodeEngine> {
  const { model, input } = recipe
  if (model.kind !== 'adapter') return await openEngine({})
  const base = await openBase(model.base)
  try {
    const lengthMax = tokensMaxOf(input)
    const tokenize =
      lengthMax !== undefined && openTextTokens(await base.tokenizer(), { name: model.base.name, lengthMax })
    const tensors = await frozenTensors(recipe, base)
    const engine = await openEngine({ base: tensors, ...(tokenize && { tokenize }) })
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
