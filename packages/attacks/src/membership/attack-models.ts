import type { Guessing } from '../guessing.ts'
import { advantageBound, advantageOf, byLikelihoodRatio, byLoss, guessMembers } from './membership.ts'
import { type Training, trainHalves } from './membership-models.ts'
import { noisyPool } from './noisy-pool.ts'
import { privateTraining } from './private-training.ts'

const promised = { epsilon: 0.5, delta: 1e-5 }
const plain: Training = { optimiser: { kind: 'adam', learningRate: 0.01 }, batchSize: 20, epochs: 30 }

/** Looks for members of models that learnt noise by heart, without and with differential privacy. */
export async function attackModels(): Promise<string[]> {
  const pool = noisyPool({ count: 200, width: 100, seed: 1 })
  const schedule = { records: 80, batchSize: 20, epochs: 12, clip: 0.1, pace: 0.5 }
  const trainings = { plain, private: privateTraining({ ...promised, ...schedule }) }
  const bound = advantageBound(promised).toFixed(2)
  const lines = [`ε = ${promised.epsilon} allows an advantage of ${bound}`]
  for (const [what, training] of Object.entries(trainings)) {
    const halves = await trainHalves(pool, { models: 8, seed: 1, training })
    const shown = (guessing: Guessing): string => advantageOf(guessing).seen.toFixed(2)
    const loss = guessMembers(halves, { scores: byLoss, share: 0.25 })
    const ratio = guessMembers(halves, { scores: byLikelihoodRatio, share: 0.25 })
    lines.push(`${what}: advantage ${shown(loss)} by loss, ${shown(ratio)} by likelihood ratio`)
  }
  return lines
}
