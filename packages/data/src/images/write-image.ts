import type { ImageSize } from '@consort/records/pictures'
import sharp from 'sharp'

/** Writes one grey picture (`height` × `width` bytes, 0 is black) as a PNG. */
export async function writeGreyImage(
  path: string,
  pixels: Uint8Array,
  { height, width }: Omit<ImageSize, 'channels'>,
): Promise<void> {
  await sharp(pixels, { raw: { width, height, channels: 1 } })
    .png()
    .toFile(path)
}
