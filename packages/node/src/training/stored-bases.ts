import type { BaseStore, OpenBase } from '@consort/bases'
import { type AdapterSpec, canonicalJson, isRefusal, Refusal } from '@consort/protocol'
import type { OpenRecipeBase } from './recipe-base.ts'

/**
 * Opens the bases of recipes from a store. As long as one is open, it cannot be removed from there. Throws
 * `weights-invalid` for a base that is not there, and for one whose config the recipe tells otherwise.
 */
export function storedBases(store: BaseStore): OpenRecipeBase {
  return async wanted => {
    const open = await openWanted(store, wanted)
    if (canonicalJson(open.config) === canonicalJson(wanted.config)) return open
    await open.close()
    throw new Refusal('weights-invalid', `${wanted.name} has another config than the recipe says`, {
      hint: `The digest is the right one: write model.base.config as ${canonicalJson(open.config)}.`,
      path: 'model.base.config',
    })
  }
}

async function openWanted(store: BaseStore, wanted: AdapterSpec['base']): Promise<OpenBase> {
  try {
    return await store.open(wanted.sha256)
  } catch (error) {
    if (!isRefusal(error, 'not-found')) throw error
    const { bases } = await store.list()
    const other = bases.find(({ name }) => name === wanted.name)
    const why = other
      ? `${wanted.name} on this node is ${other.sha256}, and the recipe asks for ${wanted.sha256}`
      : `The base model ${wanted.name} (${wanted.sha256}) is not on this node`
    throw new Refusal('weights-invalid', why, {
      hint: 'Add it with `consort base add FOLDER`, a GGUF file or hf:NAME; its digest has to be that of the recipe.',
      cause: error,
    })
  }
}
