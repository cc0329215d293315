import type { ImageDataset } from './image-dataset.ts'

/** The pixels of the images at `indices`, one after the other; all of them, without a copy, when absent. */
export function gatherImages(dataset: ImageDataset, indices?: Int32Array): Uint8Array {
  if (indices === undefined) return dataset.pixels
  const size = dataset.channels * dataset.height * dataset.width
  const pixels = new Uint8Array(indices.length * size)
  indices.forEach((from, to) => {
    pixels.set(dataset.pixels.subarray(from * size, (from + 1) * size), to * size)
  })
  return pixels
}
