import type { Entropy } from '@consort/protocol'
import { Refusal } from '@consort/protocol'
import { createRandomWords } from './random-words.ts'

/** Draws the examples of each step's batch. */
export interface PoissonSampler {
  /** The indices of one batch, rising; their number differs from batch to batch and may be zero. */
  draw(): Int32Array<ArrayBuffer>
}

/**
 * Poisson sampling, as accountants for DP-SGD assume it (Abadi et al. 2016; Mironov, Talwar, Zhang 2019): each of
 * `count` examples is in the batch with `probability`, independently. The probability is met exactly, for every
 * double in 0 … 1: random bits are compared with its binary digits, 16 at a time, until they differ. (Distances
 * between members drawn by a logarithm would only be close.) Without `entropy` (for tests) the randomness is the
 * operating system's. Throws `input-invalid`. About 1 ns an example.
 */
export function createPoissonSampler(of: {
  count: number
  probability: number
  entropy?: Entropy
}): PoissonSampler {
  const { count, probability, entropy } = of
  if (!(Number.isInteger(count) && count >= 1 && count < 2 ** 31)) {
    throw new Refusal('input-invalid', `Batches cannot be drawn from ${count} examples`)
  }
  if (!(probability >= 0 && probability <= 1)) {
    throw new Refusal('input-invalid', `${probability} is not a probability`, {
      hint: 'The sampling probability is the batch size over the number of examples.',
    })
  }
  const random = createRandomWords(Math.min(wordsMax, Math.ceil(count / 2)), entropy)
  const halves = new Uint16Array(random.words.buffer)
  const digits = Math.floor(probability * 65_536)
  const rest = probability * 65_536 - digits
  const indices = new Int32Array(count + 1)
  return {
    draw() {
      let drawn = 0
      for (let start = 0; start < count; start += halves.length) {
        random.refill()
        const end = Math.min(count, start + halves.length)
        for (let index = start; index < end; index++) {
          const bits = halves[index - start]!
          indices[drawn] = index // kept only if `drawn` moves on: no branch for chance to mispredict
          drawn += bits < digits ? 1 : 0
          if (bits === digits && isBelow(rest, random.bits16)) drawn++
        }
      }
      random.wipe()
      const batch = indices.slice(0, drawn)
      indices.fill(0, 0, drawn)
      return batch
    },
  }
}

const wordsMax = 16_384

/** Whether a uniform real number in 0 … 1, of which `bits16` gives the digits, is below `fraction`: exactly. */
function isBelow(fraction: number, bits16: () => number): boolean {
  for (let left = fraction; left > 0; ) {
    left *= 65_536 // exact, as is taking off the whole part
    const digits = Math.floor(left)
    const bits = bits16()
    if (bits !== digits) return bits < digits
    left -= digits
  }
  return false
}
