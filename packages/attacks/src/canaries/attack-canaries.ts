import { createRandom } from '@consort/protocol'
import { auditedEpsilon, guessExtremes } from '../guessing.ts'
import { type Deviation, type Promised, summedScores, trainOnCanaries } from './canaries.ts'

const promised: Promised = { epsilon: 1, delta: 1e-6, clip: 1, rounds: 8, sampleRate: 0.5 }
const canaries = 1000
const guesses = 200

const trainings: Readonly<Record<string, Deviation>> = {
  honest: {},
  'a tenth of the noise': { quieter: 10 },
  'no clipping': { looser: 1000 },
}

/** Trains on planted records, as promised and with faults, and says which ε the guesses of who was in it refute. */
export async function attackCanaries(): Promise<string[]> {
  const random = createRandom(1)
  const isIn = Array.from({ length: canaries }, () => random.uniform() < 0.5)
  const lines: string[] = []
  for (const [what, deviation] of Object.entries(trainings)) {
    const captured = await trainOnCanaries(isIn, promised, deviation)
    const guessing = guessExtremes(summedScores(captured, canaries), { isIn, guesses })
    const found = auditedEpsilon(guessing, promised)
    const promise = captured.epsilon.toFixed(2)
    lines.push(
      `${what}: ${guessing.right} of ${guessing.guesses} right, ε > ${found.toFixed(2)}; promised ${promise}`,
    )
  }
  return lines
}
