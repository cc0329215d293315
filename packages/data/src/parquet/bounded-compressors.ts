import type { Compressors } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

/**
 * The decoders of pages, for pages that take up to so many octets. A page says how many it takes; a frame of Zstandard
 * goes on for as long as it likes, so it is measured before it is decoded. Throws a `RangeError`.
 */
export function boundedCompressors(bytesMax: number): Compressors {
  const bounded = Object.entries(compressors).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, length: number): Uint8Array => {
      const bytes = codec === 'ZSTD' ? Math.max(length, zstdBytesMax(input)) : length
      if (bytes > bytesMax) throw new RangeError(`A page takes up to ${bytes} octets`)
      return decompress(input, length)
    },
  ])
  return Object.fromEntries(bounded)
}

const frameMagic = 0xfd2fb528
/** What a compressed block may come to. */
const blockBytesMax = 128 * 1024

/** The most that frames may take in memory: what comes out, and the window of each (RFC 8878, section 3.1.1). */
function zstdBytesMax(input: Uint8Array): number {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  let bytes = 0
  for (let at = 0; at < input.length; ) {
    const magic = view.getUint32(at, true)
    if (magic >>> 4 === 0x184d2a5) {
      at += 8 + view.getUint32(at + 4, true) // a frame that is skipped
      continue
    }
    if (magic !== frameMagic) throw new RangeError('A page is no frame of Zstandard')
    const descriptor = view.getUint8(at + 4)
    const isSingle = (descriptor & 0x20) !== 0
    if (!isSingle) bytes += windowBytes(view.getUint8(at + 5))
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!
    const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6]!
    at += 5 + (isSingle ? 0 : 1) + dictionaryBytes + sizeBytes
    for (let isLast = false; !isLast; ) {
      const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
      isLast = (header & 1) === 1
      const [kind, size] = [(header >> 1) & 3, header >>> 3]
      bytes += kind === compressedBlock ? blockBytesMax : size
      at += 3 + (kind === repeatedBlock ? 1 : size)
    }
    if (descriptor & 4) at += 4 // its checksum
  }
  return bytes
}

const repeatedBlock = 1
const compressedBlock = 2

function windowBytes(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}
