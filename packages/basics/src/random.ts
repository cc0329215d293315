import type { Entropy } from './id.ts'

/** Where numbers for order, dropout, shifts and simulations come from. */
export interface Random {
  /** 32 random bits as an unsigned integer. */
  bits(): number
  /** Uniform in [0, 1). */
  uniform(): number
  /** Uniform integer in [0, below), `below` at most 2³². */
  integer(below: number): number
}

/**
 * The one repeatable generator of this house, in code and in tests: xoshiro128** (Blackman, Vigna 2021), seeded by
 * splitmix32 from the low 32 bits of `seed`. Small and fast. Not for anything secret: whoever knows the seed knows
 * every number.
 */
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

/** Draws numbers in [0, 1) that nobody can predict, from 48 bits of entropy each. */
export function uniformFrom(entropy: Entropy): () => number {
  return () => entropy.bytes(6).reduce((number, byte) => number * 256 + byte, 0) / 2 ** 48
}
