import sharp from 'sharp'
import type { ImageSize } from './image-input.ts'

/** A PNG of `channels` × `height` × `width` bytes, one plane after the other: what `readImage` reads back as it was. */
export async function encodeImage(
  pixels: Uint8Array,
  { channels, height, width }: ImageSize,
): Promise<Uint8Array> {
  const interleaved = channels === 1 ? pixels : interleave(pixels, channels)
  return await sharp(interleaved, { raw: { width, height, channels } }).png().toBuffer()
}

/** `[channel, pixel]` to `[pixel, channel]`. */
function interleave(planes: Uint8Array, channels: number): Uint8Array {
  const size = planes.length / channels
  const pixels = new Uint8Array(planes.length)
  for (let pixel = 0; pixel < size; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      pixels[pixel * channels + channel] = planes[channel * size + pixel]!
    }
  }
  return pixels
}
