import { exifOrientation } from './exif-orientation.ts'
import { pictureRefusal } from './picture-refusal.ts'
import type { StrippedPicture } from './stripped-picture.ts'

const [startOfImage, endOfImage, startOfScan, jfif, adobe, comment] = [0xd8, 0xd9, 0xda, 0xe0, 0xee, 0xfe]
const latin = new TextDecoder('latin1')

/**
 * ITU-T T.81, annex B: keeps frames, tables and scans. Of the application segments only two matter to decoding: JFIF,
 * without its preview, and Adobe's, which names the colour transform. `StrippedPicture` says the rest.
 */
export function stripJpeg(bytes: Uint8Array): StrippedPicture {
  const parts: Uint8Array[] = [bytes.subarray(0, 2)]
  const removed: string[] = []
  let orientation: number | null = null
  let [hasFrame, hasScan] = [false, false]
  let at = 2
  for (;;) {
    const marker = markerAt(bytes, at)
    at = marker.end
    if (marker.code === endOfImage) break
    const payload = segmentAt(bytes, at)
    at += 2 + payload.length
    const kept = keptPayload(marker.code, payload)
    if (kept === undefined) removed.push(segmentName(marker.code))
    else parts.push(segment(marker.code, kept))
    orientation ??= marker.code === 0xe1 ? orientationIn(payload) : null
    if (isFrame(marker.code)) hasFrame = true
    if (marker.code !== startOfScan) continue
    if (!hasFrame) throw pictureRefusal('JPEG', 'a scan comes before its frame')
    hasScan = true
    const end = endOfScan(bytes, at)
    parts.push(bytes.subarray(at, end))
    at = end
  }
  if (!hasScan) throw pictureRefusal('JPEG', 'there is no scan in it')
  parts.push(Uint8Array.of(0xff, endOfImage))
  if (at < bytes.length) removed.push('trailing bytes')
  return { bytes: new Uint8Array(Buffer.concat(parts)), format: 'jpeg', orientation, removed }
}

/** The marker at a place; fill bytes (0xFF) before its code are skipped, and not written again. */
function markerAt(bytes: Uint8Array, at: number): { code: number; end: number } {
  if (bytes[at] !== 0xff)
    throw pictureRefusal('JPEG', at < bytes.length ? 'no marker where one has to be' : 'it ends early')
  let end = at + 1
  while (bytes[end] === 0xff) end++
  const code = bytes[end]
  if (code === undefined) throw pictureRefusal('JPEG', 'it ends early')
  return { code, end: end + 1 }
}

function segmentAt(bytes: Uint8Array, at: number): Uint8Array {
  const length = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)
  if (length < 2 || at + length > bytes.length) throw pictureRefusal('JPEG', 'a segment has a wrong length')
  return bytes.subarray(at + 2, at + length)
}

function segment(code: number, payload: Uint8Array): Uint8Array {
  const length = payload.length + 2
  return Buffer.concat([Uint8Array.of(0xff, code, length >> 8, length & 0xff), payload])
}

/** What stays of a segment; undefined for nothing. Tables must fill their segments, so that nothing hides behind. */
function keptPayload(code: number, payload: Uint8Array): Uint8Array | undefined {
  if (isFrame(code)) return ofLength(payload, 6 + 3 * (payload[5] ?? 0), 'a frame')
  switch (code) {
    case startOfScan:
      return ofLength(payload, 4 + 2 * (payload[0] ?? 0), 'a scan')
    case 0xc4:
      return ofLength(payload, huffmanLength(payload), 'a Huffman table')
    case 0xdb:
      return ofLength(payload, quantisationLength(payload), 'a quantisation table')
    case 0xcc:
      return ofLength(payload, payload.length & ~1, 'arithmetic conditioning')
    case 0xdd:
    case 0xdc:
      return ofLength(payload, 2, 'an interval')
    case jfif:
      if (latin.decode(payload.subarray(0, 5)) !== 'JFIF\0' || payload.length < 14) return undefined
      return Buffer.concat([payload.subarray(0, 12), Uint8Array.of(0, 0)]) // the preview has 0 × 0 pixels
    case adobe:
      return latin.decode(payload.subarray(0, 5)) === 'Adobe' && payload.length >= 12
        ? payload.subarray(0, 12)
        : undefined
  }
  if (code === comment || (code >= 0xe0 && code <= 0xef)) return undefined
  throw pictureRefusal(
    'JPEG',
    code === startOfImage ? 'a picture begins within it' : 'it has a marker of no known sort',
  )
}

/** SOF0 to SOF15; the codes C4, C8 and CC between them are others. */
function isFrame(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc
}

function ofLength(payload: Uint8Array, length: number, what: string): Uint8Array {
  if (payload.length === length) return payload
  throw pictureRefusal('JPEG', `${what} has a wrong length`)
}

function huffmanLength(payload: Uint8Array): number {
  let at = 0
  while (at < payload.length)
    at += 17 + payload.subarray(at + 1, at + 17).reduce((sum, count) => sum + count, 0)
  return at
}

function quantisationLength(payload: Uint8Array): number {
  let at = 0
  while (at < payload.length) at += payload[at]! < 16 ? 65 : 129
  return at
}

/** Where the coded data from `at` ends: at the first 0xFF that is neither stuffed nor a restart marker. */
function endOfScan(bytes: Uint8Array, at: number): number {
  for (let index = bytes.indexOf(0xff, at); index >= 0; index = bytes.indexOf(0xff, index)) {
    const next = bytes[index + 1]
    if (next !== 0x00 && !(next !== undefined && next >= 0xd0 && next <= 0xd7)) return index
    index += 2
  }
  throw pictureRefusal('JPEG', 'it ends early')
}

function orientationIn(payload: Uint8Array): number | null {
  return latin.decode(payload.subarray(0, 6)) === 'Exif\0\0' ? exifOrientation(payload.subarray(6)) : null
}

function segmentName(code: number): string {
  return code === comment ? 'COM' : `APP${code - 0xe0}`
}
