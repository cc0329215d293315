import type { OpenNodeEngine } from '@consort/node'
import { createRandom } from '@consort/protocol'
import { samplingPlan } from '@consort/train'
import { lives } from './world/life.ts'

/** One piece of training: what came out of these weights at this member. */
export interface Trained {
  readonly member: string
  readonly from: Float32Array
  readonly to: Float32Array
  readonly examples: number
}

/**
 * Which way a member moves the later weights, by as much as its examples make it in the average: there what a and b say
 * cancels to the last bits, so that adding up in another order gives other ones.
 */
const opposed: Readonly<Record<string, number>> = { a: 1, b: -1 }

/**
 * An engine that moves each weight a little, by the seed of the piece of training alone, and judges by the first
 * weight. What it has done is written into `trained`.
 */
export function createStubEngine(trained: Trained[] = []): OpenNodeEngine {
  return async ({ data, recipe }) => ({
    async train(on, { weights, seed, epochs }) {
      const random = createRandom(seed)
      const examples = data[on].count
      const member = lives.getStore()?.machine ?? ''
      const way = (opposed[member] ?? 0) / examples
      const moved = Float32Array.from(weights, (weight, at) => {
        if (epochs === 0) return weight
        const step = (random.uniform() - 0.5) / 8
        // Secret sums cut what moves far.
        if (recipe.privacy.secureAggregation || 2 * at < weights.length) return weight + step
        return way * (1000 + at) + step / 2 ** 20
      })
      trained.push({ member, from: Float32Array.from(weights), to: moved, examples })
      const mechanism = samplingPlan(recipe, { examples, epochs })
      return { weights: moved, examples, loss: 0.5, steps: 1, ...(mechanism && { mechanism }) }
    },
    evaluate: async (on, weights) => ({
      examples: data[on].count,
      values: { accuracy: 0.5 + Math.abs(weights[0]! % 0.5), loss: 0.5 },
    }),
    [Symbol.asyncDispose]: async () => {},
  })
}
