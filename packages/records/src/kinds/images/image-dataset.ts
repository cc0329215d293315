/** Pictures in memory, all of one size. */
export interface ImageDataset {
  readonly kind: 'images'
  readonly count: number
  readonly height: number
  readonly width: number
  /** 1 (grey) or 3 (red, green, blue). */
  readonly channels: number
  /** `count` × `channels` × `height` × `width`, one plane after the other; 0 is black. */
  readonly pixels: Uint8Array
  /** The class of each image, by name. */
  readonly labels: readonly string[]
}
