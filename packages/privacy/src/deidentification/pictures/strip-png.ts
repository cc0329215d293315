import { crc32 } from 'node:zlib'
import { exifOrientation } from './exif-orientation.ts'
import { pictureRefusal } from './picture-refusal.ts'
import type { StrippedPicture } from './stripped-picture.ts'

export const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const

/** What decoding needs, and ancillary chunks of fixed length that say how pixels are to be shown. */
const lengthOfKept = new Map<string, number | undefined>([
  ['IHDR', 13],
  ['PLTE', undefined],
  ['IDAT', undefined],
  ['IEND', 0],
  ['tRNS', undefined],
  ['gAMA', 4],
  ['cHRM', 32],
  ['sRGB', 1],
  ['pHYs', 9],
])

interface Chunk {
  readonly type: string
  readonly data: Uint8Array
  /** With length, type and checksum. */
  readonly bytes: Uint8Array
}

/**
 * PNG (third edition), §11: of the ancillary chunks stay those in `lengthOfKept`. Of an animation stays the picture
 * that all viewers show. `StrippedPicture` says the rest.
 */
export function stripPng(bytes: Uint8Array): StrippedPicture {
  const chunks = readChunks(bytes)
  checkOrder(chunks.map(({ type }) => type))
  const parts: Uint8Array[] = [Uint8Array.from(pngSignature)]
  const removed: string[] = []
  let orientation: number | null = null
  let end = pngSignature.length
  for (const chunk of chunks) {
    end += chunk.bytes.length
    if (chunk.type === 'eXIf') orientation ??= exifOrientation(chunk.data)
    if (isKept(chunk)) parts.push(chunk.bytes)
    else removed.push(chunk.type)
  }
  if (end < bytes.length) removed.push('trailing bytes')
  return { bytes: new Uint8Array(Buffer.concat(parts)), format: 'png', orientation, removed }
}

/** All chunks up to IEND. */
function readChunks(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const chunks: Chunk[] = []
  let at: number = pngSignature.length
  do {
    if (at + 12 > bytes.length) throw pictureRefusal('PNG', 'it ends early')
    const length = view.getUint32(at)
    const end = at + 12 + length
    if (end > bytes.length) throw pictureRefusal('PNG', 'it ends early')
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    if (!/^[A-Za-z]{4}$/.test(type)) throw pictureRefusal('PNG', 'a chunk has no name')
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw pictureRefusal('PNG', 'a checksum does not hold')
    }
    chunks.push({ type, data: bytes.subarray(at + 8, end - 4), bytes: bytes.subarray(at, end) })
    at = end
  } while (chunks.at(-1)?.type !== 'IEND')
  return chunks
}

/** IHDR comes first, pixels in one run, and nothing else that stays comes twice. */
function checkOrder(types: readonly string[]): void {
  const [first, last] = [types.indexOf('IDAT'), types.lastIndexOf('IDAT')]
  if (types[0] !== 'IHDR') throw pictureRefusal('PNG', 'its header is not where it has to be')
  if (first < 0 || types.slice(first, last + 1).some(type => type !== 'IDAT')) {
    throw pictureRefusal('PNG', 'its pixels are missing or scattered')
  }
  const once = types.filter(type => type !== 'IDAT' && lengthOfKept.has(type))
  if (new Set(once).size < once.length) throw pictureRefusal('PNG', 'it has a chunk twice')
}

function isKept({ type, data }: Chunk): boolean {
  if (!lengthOfKept.has(type)) {
    const isCritical = /^[A-Z]/.test(type)
    if (isCritical) throw pictureRefusal('PNG', 'it has a chunk that nobody knows and everybody must')
    return false
  }
  const length = lengthOfKept.get(type)
  if (length !== undefined && data.length !== length)
    throw pictureRefusal('PNG', `${type} has a wrong length`)
  const entries = type === 'PLTE' ? data.length / 3 : type === 'tRNS' ? data.length : 0
  if (entries > 256 || !Number.isInteger(entries)) throw pictureRefusal('PNG', `${type} has a wrong length`)
  return true
}
