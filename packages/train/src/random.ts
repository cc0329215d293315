/**
 * A small, fast, repeatable generator for order, dropout and shifts: xoshiro128** (Blackman, Vigna 2021), seeded by
 * splitmix32. Not for anything secret.
 */
export interface Random {
  /** 32 random bits as an unsigned integer. */
  bits(): number
  /** Uniform in [0, 1). */
  uniform(): number
  /** Uniform integer in [0, below), `below` at most 2³². */
  integer(below: number): number
}

export function createRandom(seed: number): Random {
  let mixed = seed >>> 0
  const splitmix = (): number => {
    mixed = (mixed + 0x9e3779b9) | 0
    let z = mixed ^ (mixed >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z ^= z >>> 15
    z = Math.imul(z, 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
  let [a, b, c, d] = [splitmix(), splitmix(), splitmix(), splitmix()]
  const bits = (): number => {
    const times5 = Math.imul(b, 5)
    const result = Math.imul((times5 << 7) | (times5 >>> 25), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return result
  }
  return {
    bits,
    uniform: () => bits() / 2 ** 32,
    integer: below => Math.floor((bits() / 2 ** 32) * below),
  }
}

/** 0 … count − 1 in random order (Fisher, Yates). */
export function shuffledIndices(count: number, random: Random): Int32Array<ArrayBuffer> {
  const indices = Int32Array.from({ length: count }, (_, index) => index)
  for (let index = count - 1; index > 0; index--) {
    const other = random.integer(index + 1)
    const kept = indices[index]!
    indices[index] = indices[other]!
    indices[other] = kept
  }
  return indices
}
