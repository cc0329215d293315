import assert from 'node:assert/strict'
import test from 'node:test'
import {
  auditedEpsilon,
  type Captured,
  type Deviation,
  type Guessing,
  guessExtremes,
  type Promised,
  rangeScores,
  reusingNoise,
  seededEntropy,
  stripNoise,
  summedScores,
  trainOnCanaries,
} from '@consort/attacks'
import { createRandom } from '@consort/protocol'

const promised: Promised = { epsilon: 1, delta: 1e-6, clip: 1, rounds: 8, sampleRate: 0.5 }
const canaries = 1000
const guesses = 200

type Scores = (captured: Captured, canaries: number) => Float64Array

/** ε that the guesses refute with 95 % confidence in one training, and what was promised. */
async function audit(
  seed: number,
  of: Deviation & { scores?: Scores },
): Promise<{ found: number; epsilon: number }> {
  const isIn = coins(seed)
  const captured = await trainOnCanaries(isIn, promised, of)
  const guessing = guessExtremes((of.scores ?? summedScores)(captured, canaries), { isIn, guesses })
  return { found: auditedEpsilon(guessing, promised), epsilon: captured.epsilon }
}

function coins(seed: number): boolean[] {
  const random = createRandom(seed)
  return Array.from({ length: canaries }, () => random.uniform() < 0.5)
}

test('the bound is the paper’s: by hand without δ, weaker with it, and nothing for no luck', () => {
  // 100 of 100 right: p¹⁰⁰ = 0.05 at p = 0.9705, and ε = log(p/(1 − p)).
  const all = { canaries: 100, guesses: 100, right: 100 }
  const chance = 0.05 ** (1 / 100)
  assert.ok(Math.abs(auditedEpsilon(all, { delta: 0 }) - Math.log(chance / (1 - chance))) < 1e-9)
  // By another implementation of the theorem, summing binomials of whole numbers.
  const figures: [Guessing, delta: number, epsilon: number][] = [
    [all, 1e-3, 3.2023037533],
    [{ canaries: 1000, guesses: 200, right: 190 }, 1e-5, 2.3936182773],
    [{ canaries: 500, guesses: 400, right: 260 }, 1e-4, 0.439049673],
  ]
  for (const [guessing, delta, epsilon] of figures)
    assert.ok(Math.abs(auditedEpsilon(guessing, { delta }) - epsilon) < 1e-8, `${epsilon}`)
  assert.equal(auditedEpsilon({ canaries: 100, guesses: 100, right: 55 }, { delta: 0 }), 0)
})

for (const seed of [1, 2, 3, 4, 5]) {
  test(`no more than the promised ε is found in an honest training (seed ${seed})`, async () => {
    for (const scores of [summedScores, rangeScores]) {
      const { found, epsilon } = await audit(seed, { scores })
      assert.ok(epsilon > 0.99 && epsilon < 1.01, `${epsilon} was planned as ${promised.epsilon}`)
      assert.ok(found <= epsilon, `seed ${seed}: at least ${found}, promised ${epsilon}`)
    }
  })
}

const breaks: Record<string, (seed: number) => Deviation & { scores?: Scores }> = {
  'a tenth of the noise': () => ({ quieter: 10 }),
  'no clipping': () => ({ looser: 1000 }),
  'the same noise in every step': seed => ({
    entropy: reusingNoise(seededEntropy(`reused ${seed}`)),
    scores: rangeScores,
  }),
}
for (const [what, deviationOf] of Object.entries(breaks)) {
  test(`${what} is caught: more than the promised ε is found`, async () => {
    for (const seed of [1, 2]) {
      const { found, epsilon } = await audit(seed, deviationOf(seed))
      assert.ok(found > 2 * epsilon, `seed ${seed}: at least ${found}, promised ${epsilon}`)
    }
  })
}

test('noise from a seed that can be guessed is caught: it is taken off; other seeds explain nothing', async () => {
  const isIn = coins(1)
  const attempt = async (seed: string): Promise<number> => {
    const captured = await trainOnCanaries(isIn, promised, { entropy: seededEntropy(seed) })
    const moves = stripNoise(captured, {
      seeds: Array.from({ length: 256 }, (_, guess) => `${guess}`),
      sampleRate: captured.sampleRate,
      deviation: captured.deviation,
    })
    if (!moves) return 0
    const guessing = guessExtremes(summedScores({ ...captured, moves }, canaries), { isIn, guesses })
    return auditedEpsilon(guessing, promised)
  }
  const found = await attempt('200')
  assert.ok(found > 2, `at least ${found}, promised ${promised.epsilon}`)
  assert.equal(await attempt('a seed of 256 bits'), 0)
})
