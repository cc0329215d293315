import { createRandom } from '@consort/protocol'
import type { Examples } from '@consort/train'

/**
 * Random inputs with random labels: there is nothing to learn about others, so whatever a model knows it knows by
 * heart.
 */
export function noisyPool({ count, width, seed }: { count: number; width: number; seed: number }): Examples {
  const random = createRandom(seed)
  const inputs = Float32Array.from({ length: count * width }, () => 2 * random.uniform() - 1)
  const labels = Int32Array.from({ length: count }, () => random.integer(2))
  return { count, inputShape: [1, 1, width], inputs, labels }
}
