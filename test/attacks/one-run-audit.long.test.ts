import assert from 'node:assert/strict'
import test from 'node:test'
import { auditedEpsilon, guessExtremes, summedScores, trainOnCanaries } from '@consort/attacks'
import { createRandom } from '@consort/protocol'

/** The table of docs/threat-model.md: which faults of the noise one training shows, at which ε. Some two minutes. */
const runs = 10
const canaries = 2000
const guesses = 400

test('mean ε found, and how many of ten trainings are caught, by promised ε and what the noise is divided by', async t => {
  for (const epsilon of [0.5, 1, 2, 4]) {
    const promised = { epsilon, delta: 1e-6, clip: 1, rounds: 8, sampleRate: 0.75 }
    const cells: string[] = []
    for (const quieter of [1, 2, 3, 5, 10]) {
      const found: number[] = []
      for (let seed = 1; seed <= runs; seed++) {
        const random = createRandom(100 * epsilon + seed)
        const isIn = Array.from({ length: canaries }, () => random.uniform() < 0.5)
        const captured = await trainOnCanaries(isIn, promised, { quieter })
        found.push(
          auditedEpsilon(guessExtremes(summedScores(captured, canaries), { isIn, guesses }), promised),
        )
      }
      const caught = found.filter(least => least > epsilon).length
      cells.push(`${(found.reduce((sum, least) => sum + least, 0) / runs).toFixed(2)} / ${caught}`)
      // By the theorem one in twenty honest ones may be; fewer are, since no attack is as good as its bound.
      if (quieter === 1) assert.ok(caught <= 1, `${caught} of ${runs} honest trainings at ε = ${epsilon}`)
      if (quieter === 10) assert.equal(caught, runs, `σ/10 at ε = ${epsilon}`)
    }
    t.diagnostic(`| ${epsilon} | ${cells.join(' | ')} |`)
  }
})
