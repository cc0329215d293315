import assert from 'node:assert/strict'
import test from 'node:test'
import {
  advantageBound,
  advantageOf,
  areaUnderCurve,
  auditedEpsilon,
  byLikelihoodRatio,
  byLoss,
  guessMembers,
  privateTraining,
  type Training,
  trainHalves,
} from '@consort/attacks'
import { mnistDigits } from './mnist-digits.ts'

/** The table of docs/threat-model.md: 400 handwritten digits, sixteen models of half of them. About a minute. */
const pool = mnistDigits(0, 400)
const delta = 1e-5
const common = { delta, records: 170, batchSize: 20, epochs: 20, clip: 1, pace: 0.5 }

const trainings: Record<string, { training: Training; epsilon?: number }> = {
  plain: {
    training: { optimiser: { kind: 'adam', learningRate: 0.003 }, batchSize: 20, epochs: 60 },
  },
  'ε = 8': { training: privateTraining({ ...common, epsilon: 8 }), epsilon: 8 },
  'ε = 1': { training: privateTraining({ ...common, epsilon: 1 }), epsilon: 1 },
  'ε = 1, σ/10': { training: privateTraining({ ...common, epsilon: 1 }, { quieter: 10 }) },
  'ε = 1, no clipping': { training: privateTraining({ ...common, epsilon: 1 }, { looser: 1000 }) },
}

for (const [name, { training, epsilon }] of Object.entries(trainings))
  test(`membership of handwritten digits, ${name}: area under the curve, advantage over all / the surest tenth, ε found`, async t => {
    const halves = await trainHalves(pool, { models: 16, seed: 1, training })
    for (const [attack, scores] of Object.entries({ loss: byLoss, ratio: byLikelihoodRatio })) {
      const [all, surest] = [1, 0.1].map(share => guessMembers(halves, { scores, share }))
      const found = auditedEpsilon(surest!, { delta })
      const cells = [
        areaUnderCurve(halves, scores).toFixed(3),
        advantageOf(all!).seen.toFixed(2),
        advantageOf(surest!).seen.toFixed(2),
        found.toFixed(2),
      ]
      t.diagnostic(`| ${name} | ${attack} | ${cells.join(' | ')} |`)
      if (name === 'plain') assert.ok(advantageOf(surest!).atLeast > 0.3)
      if (epsilon === undefined) continue
      assert.ok(found <= epsilon, `${attack}: at least ${found}`)
      assert.ok(advantageOf(all!).atLeast <= advantageBound({ epsilon, delta }))
    }
  })
