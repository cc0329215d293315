import { blankTensors, digestOfBytes, type Recipe, sliceChunks } from '@consort/protocol'
import { trainedParts } from '../families/families.ts'
import type { FilePiece } from './file-piece.ts'

/** Makes the file of a recipe's initial weights, and gives it in copied pieces with their digests. */
export function* chunksOf(recipe: Recipe): Generator<FilePiece> {
  const parts = trainedParts(recipe)
  const { file, values } = blankTensors(parts.layout)
  parts.initialWeights(recipe.seed, values)
  for (const slice of sliceChunks(file)) {
    const bytes = new Uint8Array(slice)
    yield { chunk: { digest: digestOfBytes(bytes), bytes: bytes.length }, bytes }
  }
}
