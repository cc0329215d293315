import { decodeTensors, type ModelCard } from '@consort/protocol'
import type { BlobStore } from '@consort/storage'
import { trainedParts } from '@consort/train'

/**
 * Reads the weights of a version that is served, from this node's own disk. Throws `not-found` when they are not here.
 */
export async function servedWeights(models: BlobStore, card: ModelCard): Promise<Float32Array> {
  const file = new Uint8Array(card.weights.bytes)
  let offset = 0
  for (const chunk of card.weights.chunks) {
    file.set(await models.get(card.id, chunk.digest), offset)
    offset += chunk.bytes
  }
  return decodeTensors(trainedParts(card.recipe).layout, file)
}
