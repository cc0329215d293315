import {
  countOf,
  type NumberTensor,
  numberBytes,
  type Tensor,
  type TensorHead,
  tensorRefusal,
} from '@consort/records'

/** Reads one number of a kind, little-endian. 64-bit integers become floats, exact up to 2⁵³. */
const readers = {
  BOOL: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
  UINT8: (view, at) => view.getUint8(at),
  UINT16: (view, at) => view.getUint16(at, true),
  UINT32: (view, at) => view.getUint32(at, true),
  UINT64: (view, at) => Number(view.getBigUint64(at, true)),
  INT8: (view, at) => view.getInt8(at),
  INT16: (view, at) => view.getInt16(at, true),
  INT32: (view, at) => view.getInt32(at, true),
  INT64: (view, at) => Number(view.getBigInt64(at, true)),
  FP32: (view, at) => view.getFloat32(at, true),
  FP64: (view, at) => view.getFloat64(at, true),
} as const satisfies Record<NumberTensor['datatype'], (view: DataView, at: number) => number>

/**
 * A tensor from the octets after the header (binary tensor data extension): numbers little-endian, row after row; each
 * text with its length in front, in 4 bytes. Throws `input-invalid` when the octets are not those of the shape.
 */
export function readBinary({ name, datatype, shape }: TensorHead, octets: Uint8Array): Tensor {
  const count = countOf(shape)
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
  if (datatype === 'BYTES') return { name, datatype, shape, values: readTexts({ name, count }, octets, view) }
  const bytes = numberBytes[datatype]
  if (octets.length !== count * bytes) {
    throw tensorRefusal(
      name,
      `${octets.length} bytes are not ${shape.join(' × ')} of ${datatype}`,
      `Send ${bytes} bytes for each number.`,
    )
  }
  if (datatype === 'UINT8') return { name, datatype, shape, values: octets }
  const read = readers[datatype]
  const values = Float64Array.from({ length: count }, (_, index) => read(view, index * bytes))
  return { name, datatype, shape, values }
}

function readTexts(
  { name, count }: { name: string; count: number },
  octets: Uint8Array,
  view: DataView,
): Uint8Array[] {
  const texts: Uint8Array[] = []
  let at = 0
  while (at < octets.length && texts.length < count) {
    const length = at + 4 <= octets.length ? view.getUint32(at, true) : Number.POSITIVE_INFINITY
    if (at + 4 + length > octets.length) break
    texts.push(octets.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  if (at === octets.length && texts.length === count) return texts
  throw tensorRefusal(
    name,
    `the octets are not ${count} texts`,
    'Write the length of each in 4 bytes, little-endian, before it.',
  )
}

/** The octets of float32 numbers, or of texts with their lengths, as `readBinary` reads them. */
export function writeBinary(values: Float32Array | readonly string[]): Buffer {
  if (values instanceof Float32Array) {
    const octets = Buffer.allocUnsafe(values.length * 4)
    for (let index = 0; index < values.length; index++) octets.writeFloatLE(values[index]!, index * 4)
    return octets
  }
  return Buffer.concat(
    values.flatMap(text => {
      const octets = Buffer.from(text)
      const length = Buffer.allocUnsafe(4)
      length.writeUInt32LE(octets.length)
      return [length, octets]
    }),
  )
}
