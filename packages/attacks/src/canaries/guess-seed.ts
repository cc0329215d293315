import { createGaussianNoise, createPoissonSampler } from '@consort/train'
import type { Captured } from './canaries.ts'
import { seededEntropy } from './entropy-faults.ts'

/**
 * Tries seeds until the noise of one explains what was captured: once the right noise is off, most weights have not
 * moved in the first round, since few records were drawn. The moves without their noise, or undefined if no seed fits.
 * 0.3 ms a seed; the public parts of the mechanism (`records`, `sampleRate`, `deviation` of the noise) are known to a
 * hub.
 */
export function stripNoise(
  { moves, records }: Captured,
  of: { seeds: Iterable<string>; sampleRate: number; deviation: number },
): Float32Array[] | undefined {
  for (const seed of of.seeds) {
    const entropy = seededEntropy(seed)
    const noise = createGaussianNoise({ entropy })
    const stripped: Float32Array[] = []
    for (const move of moves) {
      // Each round begins with a sampler of its own, which takes its bytes before the noise does.
      createPoissonSampler({ count: records, probability: of.sampleRate, entropy }).draw()
      const drawn = new Float32Array(move.length)
      noise.add(drawn, of.deviation)
      stripped.push(move.map((value, index) => value - drawn[index]!))
      if (!isQuiet(stripped[0]!, of.deviation)) break
    }
    if (stripped.length === moves.length) return stripped
  }
  return undefined
}

function isQuiet(move: Float32Array, deviation: number): boolean {
  return move.filter(value => Math.abs(value) < deviation / 100).length > move.length / 2
}
