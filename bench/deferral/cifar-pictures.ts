import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'

export const side = 32
const channels = 3
const pictureBytes = channels * side * side

/** Pictures one after the other, each as planes [3, 32, 32] of bytes. */
export interface Pictures {
  readonly count: number
  readonly pixels: Uint8Array
  readonly labels: Int32Array
}

export async function readPictures(folder: string, part: 'train' | 'test'): Promise<Pictures> {
  const fileOf = (ending: string): Buffer => readFileSync(join(folder, 'cifar10', `${part}.${ending}`))
  const [jpegs, offsets, labels] = [fileOf('jpgs'), fileOf('offsets.u32le'), fileOf('labels.u8')]
  const pixels = new Uint8Array(labels.length * pictureBytes)
  for (let picture = 0; picture < labels.length; picture++) {
    const jpeg = jpegs.subarray(offsets.readUInt32LE(4 * picture), offsets.readUInt32LE(4 * picture + 4))
    const colours = await sharp(jpeg).toColourspace('srgb').removeAlpha().raw().toBuffer()
    for (const [index, byte] of colours.entries()) {
      const place = (index % channels) * side * side + Math.floor(index / channels)
      pixels[picture * pictureBytes + place] = byte
    }
  }
  return { count: labels.length, pixels, labels: Int32Array.from(labels) }
}

export interface View {
  readonly mirrored: boolean
  readonly dx: number
  readonly dy: number
}

/**
 * All pictures seen a little to one side, perhaps mirrored; pixels outside are those inside, mirrored at the border's
 * pixel.
 */
export function viewOf({ count, pixels }: Pictures, { mirrored, dx, dy }: View): Uint8Array {
  const seen = new Uint8Array(pixels.length)
  const planes = count * channels
  for (let plane = 0; plane < planes; plane++) {
    const start = plane * side * side
    for (let y = 0; y < side; y++) {
      const source = start + reflect(y + dy) * side
      for (let x = 0; x < side; x++) {
        seen[start + y * side + x] = pixels[source + reflect((mirrored ? side - 1 - x : x) + dx)]!
      }
    }
  }
  return seen
}

function reflect(place: number): number {
  if (place < 0) return -place
  return place >= side ? 2 * (side - 1) - place : place
}
