import { pixelsOf, type Recipe, sizeOfShape } from '@consort/protocol'
import { type AnyExamples, inputRows } from '@consort/train'

/** Values that are turned into floats at a time. */
const pieceValues = 1 << 18

/**
 * A safetensors file of examples, in pieces: `labels` I64 [n] for classes or F32 [n] for numbers, then `inputs` F32
 * [n, …]. Pixels become the floats that the engine sees, without random shifts; rows of a table are worked out piece by
 * piece. A piece is valid until the next one.
 */
export function* dataTensors(recipe: Recipe, examples: AnyExamples): Generator<Uint8Array> {
  const { count, inputShape, inputs, labels } = examples
  const isClasses = labels instanceof Int32Array
  const labelBytes = count * (isClasses ? 8 : 4)
  const end = labelBytes + 4 * count * sizeOfShape(inputShape)
  yield headerOf({
    labels: { dtype: isClasses ? 'I64' : 'F32', shape: [count], data_offsets: [0, labelBytes] },
    inputs: { dtype: 'F32', shape: [count, ...inputShape], data_offsets: [labelBytes, end] },
  })
  yield bytesOf(isClasses ? BigInt64Array.from(labels, BigInt) : labels)
  if (inputs instanceof Float32Array) yield bytesOf(inputs)
  else if (inputs instanceof Uint8Array) yield* scaledPixels(recipe, inputs)
  else yield* tableRows(examples)
}

function* tableRows(examples: AnyExamples): Generator<Uint8Array> {
  const { count, inputShape } = examples
  const atOnce = Math.max(1, Math.floor(pieceValues / sizeOfShape(inputShape)))
  for (let from = 0; from < count; from += atOnce)
    yield bytesOf(inputRows(examples, from, Math.min(atOnce, count - from)))
}

function* scaledPixels({ input }: Recipe, pixels: Uint8Array): Generator<Uint8Array> {
  const scaling = pixelsOf(input)
  if (!scaling) throw new TypeError('examples of this kind do not come as bytes')
  const { mean, deviation } = scaling
  const value = Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - mean) / deviation)
  const floats = new Float32Array(Math.min(pieceValues, pixels.length))
  for (let from = 0; from < pixels.length; from += floats.length) {
    const piece = pixels.subarray(from, from + floats.length)
    for (let i = 0; i < piece.length; i++) floats[i] = value[piece[i]!]!
    yield bytesOf(floats.subarray(0, piece.length))
  }
}

function headerOf(
  entries: Record<string, { dtype: string; shape: number[]; data_offsets: number[] }>,
): Buffer {
  const json = Buffer.from(JSON.stringify(entries))
  const header = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ')
  header.writeBigUInt64LE(BigInt(header.length - 8))
  json.copy(header, 8)
  return header
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
