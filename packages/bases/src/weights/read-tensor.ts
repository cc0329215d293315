import { sizeOfShape } from '@consort/protocol'
import type { Dtype } from '../base.ts'
import { codings } from './codings.ts'
import type { StoredTensor } from './stored-tensor.ts'

/** A tensor whose numbers can be read. */
export type ReadableTensor = StoredTensor & { readonly dtype: Dtype }

/** What is read at a time: a multiple of every block's bytes, and of some megabytes. */
const pieceBytes = 34 * 18 * 20 * 4 * 32

/** Reads a tensor's numbers, in the order of its shape. */
export async function readTensor(tensor: ReadableTensor): Promise<Float32Array> {
  const numbers = new Float32Array(sizeOfShape(tensor.shape))
  let done = 0
  for await (const piece of piecesOf(tensor)) {
    numbers.set(piece, done)
    done += piece.length
  }
  return tensor.pairedHeads === undefined ? numbers : unpaired(numbers, tensor.shape, tensor.pairedHeads)
}

/** Tells whether a tensor holds a number that is not finite. */
export async function isFiniteTensor(tensor: ReadableTensor): Promise<boolean> {
  for await (const piece of piecesOf(tensor)) if (!piece.every(Number.isFinite)) return false
  return true
}

/** The numbers as they lie in the file; a piece is valid until the next is asked for. */
async function* piecesOf({ file, place, dtype }: ReadableTensor): AsyncIterable<Float32Array> {
  const { numbers, bytes, decode } = codings[dtype]
  const buffer = new Uint8Array(Math.min(place.bytes, pieceBytes))
  const decoded = new Float32Array((buffer.length / bytes) * numbers)
  for (let at = 0; at < place.bytes; at += buffer.length) {
    const length = Math.min(buffer.length, place.bytes - at)
    const piece = buffer.subarray(0, length)
    await file.read(place.offset + at, piece)
    const into = decoded.subarray(0, (length / bytes) * numbers)
    decode(piece, into)
    yield into
  }
}

/**
 * Puts the rows of each head back in Hugging Face's order. GGUF stores q and k of Llama with row 2j of a head where
 * row j was, and row 2j + 1 where row j + half was (`permute` of llama.cpp's `convert_hf_to_gguf.py`).
 */
function unpaired(paired: Float32Array, [rows = 1, ...rest]: readonly number[], heads: number): Float32Array {
  const width = sizeOfShape(rest)
  const ofHead = rows / heads
  const numbers = new Float32Array(paired.length)
  for (let row = 0; row < rows; row++) {
    const inHead = row % ofHead
    const back = row - inHead + (inHead % 2) * (ofHead / 2) + (inHead >> 1)
    numbers.set(paired.subarray(row * width, (row + 1) * width), back * width)
  }
  return numbers
}
