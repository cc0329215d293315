import { Refusal } from '@consort/protocol'
import { stripJpeg } from './strip-jpeg.ts'
import { pngSignature, stripPng } from './strip-png.ts'

/** A picture that is decoded to the same pixels and holds nothing beside them. */
export interface StrippedPicture {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly format: 'jpeg' | 'png'
  /**
   * EXIF's orientation that was taken out, 1 to 8; null where none was given. Above 1 the pixels lie otherwise
   * than they were shown, and who shows them has to turn them (6: a quarter to the right).
   */
  readonly orientation: number | null
  /** What was taken out, in the order of the file: names of segments or chunks, `trailing bytes`. */
  readonly removed: readonly string[]
}

/**
 * Takes all metadata out of a JPEG or PNG: EXIF with position, time and camera, XMP, IPTC, comments, colour profiles,
 * previews, further frames, what stands behind the end. Pixels are not touched, so it makes no claim about what they
 * show, nor about what a sensor or a hidden mark leaves in them. Throws `data-unreadable` for other formats and for files
 * whose structure is broken.
 */
export function stripMetadata(bytes: Uint8Array): StrippedPicture {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return stripJpeg(bytes)
  if (pngSignature.every((byte, index) => bytes[index] === byte)) return stripPng(bytes)
  throw new Refusal('data-unreadable', 'The picture is neither a JPEG nor a PNG', {
    hint: 'Save it as PNG. Other formats may carry data that cannot be taken out here.',
  })
}
