import type { ImageInput } from '@consort/protocol'

/** `byte × multiply + add` is `(byte / 255 − mean) / deviation`. */
export function pixelScale({ mean, deviation }: Pick<ImageInput, 'mean' | 'deviation'>): {
  multiply: number
  add: number
} {
  return { multiply: 1 / (255 * deviation), add: -mean / deviation }
}
