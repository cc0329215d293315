import type { Entropy, Random } from '@consort/protocol'
import { createRandomWords } from '../noise/random-words.ts'

/**
 * Random numbers of which nobody can know the next. Dropout and shifts need them under differential privacy: a mask
 * belongs to a row of the batch, so that with masks known in advance one record more would change what the records
 * after it contribute. Without `entropy` (for tests) they are the operating system's.
 */
export function createSecureRandom(entropy?: Entropy): Random {
  const random = createRandomWords(16_384, entropy)
  let next = random.words.length
  const bits = (): number => {
    if (next === random.words.length) {
      random.refill()
      next = 0
    }
    return random.words[next++]! >>> 0
  }
  return {
    bits,
    uniform: () => bits() / 2 ** 32,
    integer: below => Math.floor((bits() / 2 ** 32) * below),
  }
}
