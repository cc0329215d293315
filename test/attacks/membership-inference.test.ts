import assert from 'node:assert/strict'
import test from 'node:test'
import {
  advantageBound,
  advantageOf,
  auditedEpsilon,
  byLikelihoodRatio,
  byLoss,
  type Deviation,
  type Guessing,
  guessMembers,
  noisyPool,
  privateTraining,
  type Training,
  trainHalves,
} from '@consort/attacks'

const pool = noisyPool({ count: 200, width: 100, seed: 1 })
const promised = { epsilon: 0.5, delta: 1e-5 }
const bound = advantageBound(promised)

const plain: Training = { optimiser: { kind: 'adam', learningRate: 0.01 }, batchSize: 20, epochs: 30 }
/** The coins give some models fewer than 100 records: the ε of 80 is kept for all of them that are likely. */
const privately = (deviation: Deviation = {}): Training =>
  privateTraining({ ...promised, records: 80, batchSize: 20, epochs: 12, clip: 0.1, pace: 0.5 }, deviation)

/** The quarter of the records that the attacker is surest of, over eight models. */
async function attack(training: Training, seed: number): Promise<Record<'loss' | 'ratio', Guessing>> {
  const halves = await trainHalves(pool, { models: 8, seed, training })
  const share = 0.25
  return {
    loss: guessMembers(halves, { scores: byLoss, share }),
    ratio: guessMembers(halves, { scores: byLikelihoodRatio, share }),
  }
}

const told = (guessing: Guessing): string => `${guessing.right} of ${guessing.guesses} right, bound ${bound}`

/** What (ε, δ) forbids: an advantage that is above the bound for sure, or an ε that the guesses refute. */
function assertWithin(guessing: Guessing): void {
  assert.ok(advantageOf(guessing).atLeast <= bound, told(guessing))
  assert.ok(auditedEpsilon(guessing, promised) <= promised.epsilon, told(guessing))
}

test('without privacy both attacks find members, far above what the private model would allow', async () => {
  for (const guessing of Object.values(await attack(plain, 1))) {
    assert.ok(advantageOf(guessing).atLeast > 0.6, told(guessing))
    assert.throws(() => assertWithin(guessing))
  }
})

for (const seed of [1, 2])
  test(`with ε = 0.5 neither finds more than the bound (seed ${seed})`, async () => {
    for (const guessing of Object.values(await attack(privately(), seed))) assertWithin(guessing)
  })

const breaks = { 'a tenth of the noise': { quieter: 10 }, 'no clipping': { looser: 1000 } }
for (const [what, deviation] of Object.entries(breaks))
  test(`${what} is caught by the advantage and by the ε that it refutes`, async () => {
    // The likelihood ratio has few shadows here and is the weaker one; it catches the first only most times.
    const { loss } = await attack(privately(deviation), 1)
    assert.ok(advantageOf(loss).atLeast > bound, told(loss))
    assert.ok(auditedEpsilon(loss, promised) > promised.epsilon, told(loss))
    assert.throws(() => assertWithin(loss))
  })
