import { createRandom, type Random, type Recipe } from '@consort/protocol'
import { shuffledIndices } from '../shuffled-indices.ts'
import type { BatchSource } from './batches.ts'

export interface ShuffledStep {
  /** Puts the gradient of the examples at `indices` into memory, and returns their mean loss. */
  run(indices: Int32Array, random: Random): Promise<number>
  close(): Promise<void>
}

/** Every epoch goes through all `count` examples once, in an order that the request's seed fixes. */
export function shuffledBatches(
  { batchSize }: Pick<Recipe, 'batchSize'>,
  count: number,
  step: ShuffledStep,
): BatchSource {
  const stepsPerEpoch = Math.ceil(count / batchSize)
  return {
    begin({ seed, epochs }) {
      const random = createRandom(seed)
      const steps = stepsPerEpoch * epochs
      let order = new Int32Array()
      let done = 0
      let lossSum = 0
      return {
        steps,
        async next() {
          const inEpoch = done % stepsPerEpoch
          if (inEpoch === 0) {
            order = shuffledIndices(count, random)
            lossSum = 0
          }
          const indices = order.subarray(inEpoch * batchSize, (inEpoch + 1) * batchSize)
          lossSum += indices.length * (await step.run(indices, random))
          done += 1
        },
        told: () => ({ loss: steps === 0 ? undefined : lossSum / count }),
      }
    },
    close: () => step.close(),
  }
}
