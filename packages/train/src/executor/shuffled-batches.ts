import { createRandom, type Recipe } from '@consort/protocol'
import type { AnyExamples } from '@consort/records'
import { shuffledIndices } from '../shuffled-indices.ts'
import { createBatchFiller } from '../training/batch-filler.ts'
import type { BatchSource } from './batches.ts'
import type { Step } from './step.ts'

/** Every epoch goes through all examples once, in an order that the request's seed fixes. */
export function shuffledBatches(recipe: Recipe, examples: AnyExamples, step: Step): BatchSource {
  const { batchSize } = recipe
  const fill = createBatchFiller(recipe, examples)
  const stepsPerEpoch = Math.ceil(examples.count / batchSize)
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
            order = shuffledIndices(examples.count, random)
            lossSum = 0
          }
          const indices = order.subarray(inEpoch * batchSize, (inEpoch + 1) * batchSize)
          fill(step.batch, indices, random)
          step.drawMasks(random)
          lossSum += indices.length * (await step.run())
          done += 1
        },
        told: () => ({ loss: steps === 0 ? undefined : lossSum / examples.count }),
      }
    },
    close: () => step.close(),
  }
}
