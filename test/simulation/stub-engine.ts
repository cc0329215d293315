import type { OpenNodeEngine } from '@consort/node'
import { createRandom } from '@consort/protocol'
import { lives } from './world/life.ts'

/** One piece of training: what came out of these weights at this member. */
export interface Trained {
  readonly member: string
  readonly from: Float32Array
  readonly to: Float32Array
  readonly examples: number
}

/**
 * An engine that moves each weight a little, by the seed of the piece of training alone, and judges by the first
 * weight. What it has done is written into `trained`.
 */
export function createStubEngine(trained: Trained[] = []): OpenNodeEngine {
  return async ({ data }) => ({
    async train(on, { weights, seed, epochs }) {
      const random = createRandom(seed)
      const moved = Float32Array.from(weights, weight =>
        epochs === 0 ? weight : weight + (random.uniform() - 0.5) / 8,
      )
      const examples = data[on].count
      const member = lives.getStore()?.machine ?? ''
      trained.push({ member, from: Float32Array.from(weights), to: moved, examples })
      return { weights: moved, examples, loss: 0.5, steps: 1 }
    },
    evaluate: async (on, weights) => ({
      examples: data[on].count,
      values: { accuracy: 0.5 + Math.abs(weights[0]! % 0.5), loss: 0.5 },
    }),
    [Symbol.asyncDispose]: async () => {},
  })
}
