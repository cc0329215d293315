import { chunkBytes, digestOfBytes, type Recipe } from '@consort/protocol'
import { trainedParts } from '../families/families.ts'
import type { FilePiece } from './file-piece.ts'

/**
 * Makes the file of a recipe's initial weights piece by piece, each with its digest: never more of it than one piece is
 * in memory here. The header is a part of the first.
 */
export function* chunksOf(recipe: Recipe): Generator<FilePiece> {
  const { layout, drawWeights } = trainedParts(recipe)
  const draw = drawWeights(recipe.seed)
  for (let start = 0; start < layout.bytes; start += chunkBytes) {
    const bytes = new Uint8Array(Math.min(chunkBytes, layout.bytes - start))
    if (start === 0) bytes.set(layout.header)
    draw(new Float32Array(bytes.buffer, start === 0 ? layout.header.length : 0))
    yield { chunk: { digest: digestOfBytes(bytes), bytes: bytes.length }, bytes }
  }
}
