import assert from 'node:assert/strict'
import { Refusal } from '@consort/basics'

/**
 * Named float32 tensors in one file, in the safetensors format (huggingface/safetensors): eight bytes of header
 * length, a JSON header, the data. It holds no code, so reading it can run none.
 */
export interface TensorSpec {
  readonly name: string
  readonly shape: readonly number[]
}

export interface NamedTensor extends TensorSpec {
  readonly data: Float32Array
}

/** Where everything lies in the file of one model. Equal specs give equal headers, byte for byte. */
export interface TensorLayout {
  readonly tensors: readonly (TensorSpec & { readonly offset: number; readonly size: number })[]
  /** Length and JSON together: the data begins here, on a multiple of 8 bytes. */
  readonly header: Uint8Array
  /** Floats in all. */
  readonly size: number
  /** Bytes of the whole file. */
  readonly bytes: number
}

const headerBytesMax = 4 * 1024 * 1024

export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1)
}

/** Lays tensors out one after the other, in the given order. `offset` and `size` count floats. */
export function layoutOf(specs: readonly TensorSpec[]): TensorLayout {
  const names = new Set(specs.map(spec => spec.name))
  assert(names.size === specs.length && !names.has('__metadata__'), 'A name that no file can hold')
  let size = 0
  const tensors = specs.map(({ name, shape }) => {
    const tensor = { name, shape, offset: size, size: sizeOfShape(shape) }
    size += tensor.size
    return tensor
  })
  const entries = tensors.map(({ name, shape, offset, size }) => [
    name,
    { dtype: 'F32', shape, data_offsets: [offset * 4, (offset + size) * 4] },
  ])
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)))
  const header = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ')
  header.writeBigUInt64LE(BigInt(header.length - 8))
  json.copy(header, 8)
  return { tensors, header, size, bytes: header.length + size * 4 }
}

/** A file with this layout and these floats (`values.length === layout.size`). */
export function encodeTensors(layout: TensorLayout, values: Float32Array): Uint8Array {
  assert.equal(values.length, layout.size)
  const file = new Uint8Array(layout.bytes)
  file.set(layout.header)
  new Float32Array(file.buffer, layout.header.length, layout.size).set(values)
  return file
}

/**
 * The floats of a file that must have exactly this layout, as a view where alignment allows.
 * Throws `update-shape` when names, shapes, order or length differ.
 */
export function decodeTensors(layout: TensorLayout, file: Uint8Array): Float32Array {
  if (
    file.length !== layout.bytes ||
    Buffer.compare(file.subarray(0, layout.header.length), layout.header) !== 0
  ) {
    throw new Refusal('update-shape', 'The file does not hold the tensors of this model', {
      hint: `Expected ${layout.tensors.length} float32 tensors in ${layout.bytes} bytes, as the recipe builds them.`,
    })
  }
  const start = file.byteOffset + layout.header.length
  if (start % 4 === 0) return new Float32Array(file.buffer, start, layout.size)
  return new Float32Array(new Uint8Array(file.subarray(layout.header.length)).buffer) // Buffer.slice would not copy
}

/** Reads any safetensors file of float32 tensors. Throws `weights-invalid` for everything else. */
export function parseTensors(file: Uint8Array): NamedTensor[] {
  const invalid = (why: string): Refusal =>
    new Refusal('weights-invalid', `Not a readable safetensors file: ${why}`)
  if (file.length < 8) throw invalid('it ends before its header')
  const headerLength = Number(Buffer.from(file.buffer, file.byteOffset, 8).readBigUInt64LE())
  if (headerLength > headerBytesMax || headerLength + 8 > file.length)
    throw invalid('its header is longer than the file')
  const entries = parseHeader(Buffer.from(file.subarray(8, 8 + headerLength)).toString('utf8'), invalid)
  const dataBytes = file.length - 8 - headerLength
  let end = 0
  const tensors = entries.map(({ name, shape, from, to }) => {
    if (from !== end || to - from !== sizeOfShape(shape) * 4)
      throw invalid(`tensor ${name} overlaps, leaves a hole or has another size`)
    end = to
    if (to > dataBytes) throw invalid(`it was cut in tensor ${name}`)
    return {
      name,
      shape,
      data: new Float32Array(
        new Uint8Array(file.subarray(8 + headerLength + from, 8 + headerLength + to)).buffer,
      ),
    }
  })
  if (end !== dataBytes) throw invalid('there are bytes after the last tensor')
  return tensors
}

function parseHeader(text: string, invalid: (why: string) => Refusal) {
  let header: unknown
  try {
    header = JSON.parse(text)
  } catch {
    throw invalid('its header is not JSON')
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw invalid('its header is not an object')
  return Object.entries(header as Record<string, unknown>)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => {
      const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>
      if (dtype !== 'F32')
        throw invalid(
          `tensor ${name} is ${typeof dtype === 'string' ? dtype : 'of no type'}, only F32 is read here`,
        )
      if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
        throw invalid(`tensor ${name} has no usable shape or offsets`)
      return { name, shape, from: offsets[0]!, to: offsets[1]! }
    })
    .sort((a, b) => a.from - b.from || a.to - b.to)
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(item => Number.isSafeInteger(item) && item >= 0)
}
