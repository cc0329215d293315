import {
  type Caller,
  checkChunk,
  decodeTensors,
  hubEndpoints,
  type Id,
  type ModelCard,
} from '@consort/protocol'
import { exportModel, trainedParts } from '@consort/train'

export interface FetchedModel {
  readonly card: ModelCard
  /** An ONNX file. */
  readonly onnx: Uint8Array
}

/**
 * Brings a model from the hub, checks every chunk, and makes the ONNX file here. `onProgress` gets shares from 0 to 1.
 */
export async function fetchModel(
  call: Caller,
  version: string,
  { onProgress, signal }: { onProgress?: (done: number) => void; signal?: AbortSignal } = {},
): Promise<FetchedModel> {
  const params = { version: version as Id<'version'> }
  const card = await call(hubEndpoints.getModel, { params })
  const file = new Uint8Array(card.weights.bytes)
  let offset = 0
  for (const chunk of card.weights.chunks) {
    const input = { params: { ...params, digest: chunk.digest } }
    const bytes = await call(hubEndpoints.getModelChunk, input, signal && { signal })
    checkChunk(chunk, bytes)
    file.set(bytes, offset)
    offset += bytes.length
    onProgress?.(offset / file.length)
  }
  const weights = decodeTensors(trainedParts(card.recipe).layout, file)
  return { card, onnx: exportModel(card.recipe, weights, card.id) }
}
