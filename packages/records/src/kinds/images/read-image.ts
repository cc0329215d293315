import { readFile } from 'node:fs/promises'
import { Refusal } from '@consort/basics'
import sharp from 'sharp'
import { fileRefusal } from '../../file-refusal.ts'
import type { ImageSize } from './image-input.ts'

/**
 * One PNG or JPEG (a path or its bytes) as `channels` × `height` × `width` bytes, one plane after the other.
 * It is turned upright by its EXIF tag, laid on black where it is transparent, stretched to the size, made grey or
 * sRGB. Brightness is never inverted: digits of the MNIST family are white on black, ink on paper is not.
 * Throws `data-unreadable` for everything that these two formats do not cover, and for pictures that are cut.
 */
export async function readImage(image: string | Uint8Array, size: ImageSize): Promise<Uint8Array> {
  const name = typeof image === 'string' ? image : 'The picture'
  const bytes = typeof image === 'string' ? await readWhole(image) : image
  if (!isPng(bytes) && !isJpeg(bytes)) {
    throw new Refusal('data-unreadable', `${name} is neither a PNG nor a JPEG`, {
      hint: 'Convert it to PNG; what counts is the content, not the name of the file.',
    })
  }
  const pixels = await decode(bytes, size).catch(cause => {
    throw new Refusal('data-unreadable', `${name} cannot be decoded`, {
      hint: 'It is damaged or cut: replace it or take it away.',
      cause,
    })
  })
  return size.channels === 1 ? pixels : planarOf(pixels, size.channels)
}

async function readWhole(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw fileRefusal(path, error)
  }
}

function isPng(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 8)).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))
}

function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff
}

async function decode(bytes: Uint8Array, { height, width, channels }: ImageSize): Promise<Uint8Array> {
  const pixels = await sharp(bytes, { failOn: 'error' })
    .autoOrient()
    .flatten({ background: 'black' })
    .resize(width, height, { fit: 'fill' })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer()
  return new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.length)
}

/** `[pixel, channel]` to `[channel, pixel]`. */
function planarOf(pixels: Uint8Array, channels: number): Uint8Array {
  const size = pixels.length / channels
  const planes = new Uint8Array(pixels.length)
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0; pixel < size; pixel++) {
      planes[channel * size + pixel] = pixels[pixel * channels + channel]!
    }
  }
  return planes
}
