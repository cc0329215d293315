import { Refusal } from '@consort/protocol'
import { stripJpeg } from './strip-jpeg.ts'
import { pngSignature, stripPng } from './strip-png.ts'
import type { StrippedPicture } from './stripped-picture.ts'

/**
 * Takes all metadata out of a JPEG or PNG: EXIF with position, time and camera, XMP, IPTC, comments, colour profiles,
 * previews, further frames, what stands behind the end. Pixels are not touched, so it makes no claim about what they
 * show, nor about what a sensor or a hidden mark leaves in them. Throws `data-unreadable` for other formats and for
 * files whose structure is broken.
 */
export function stripMetadata(bytes: Uint8Array): StrippedPicture {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return stripJpeg(bytes)
  if (pngSignature.every((byte, index) => bytes[index] === byte)) return stripPng(bytes)
  throw new Refusal('data-unreadable', 'The picture is neither a JPEG nor a PNG', {
    hint: 'Save it as PNG. Other formats may carry data that cannot be taken out here.',
  })
}
