import assert from 'node:assert/strict'
import { Refusal } from '@consort/protocol'

/** One party's share of a secret: the polynomial at `place`, byte by byte. */
export interface Share {
  /** 1 … 255. */
  readonly place: number
  /** As long as the secret. */
  readonly bytes: Uint8Array
}

/**
 * Shares of a secret of which any `threshold` give it back and fewer say nothing: Shamir 1979 over GF(2⁸), a polynomial
 * for each byte. `coefficients` are (threshold − 1) · length of the secret bytes that nobody can predict: given as
 * bytes, not as a source, so that dealing again deals the same shares.
 */
export function splitSecret(
  secret: Uint8Array,
  {
    places,
    threshold,
    coefficients,
  }: { places: readonly number[]; threshold: number; coefficients: Uint8Array },
): Share[] {
  const { length } = secret
  assert.equal(coefficients.length, (threshold - 1) * length)
  assert(places.every(isPlace) && new Set(places).size === places.length)
  return places.map(place => {
    const bytes = new Uint8Array(length)
    // Horner from the highest coefficient down to the secret itself.
    for (let degree = threshold - 1; degree >= 0; degree--) {
      for (let index = 0; index < length; index++) {
        const coefficient = degree === 0 ? secret[index]! : coefficients[(degree - 1) * length + index]!
        bytes[index] = multiply(bytes[index]!, place) ^ coefficient
      }
    }
    return { place, bytes }
  })
}

/**
 * The secret, by Lagrange interpolation at 0 through the first `threshold` shares. Shares that were tampered with give
 * another secret: check it against a public key or commitment.
 * Throws `value-invalid` for too few shares, a place out of range or twice, or shares of different lengths.
 */
export function combineShares(shares: readonly Share[], threshold: number): Uint8Array {
  const used = shares.slice(0, threshold)
  if (used.length < threshold) invalid(`${used.length} shares of ${threshold} that are needed`)
  if (!used.every(share => isPlace(share.place))) invalid('A share has a place outside 1 … 255')
  if (new Set(used.map(share => share.place)).size < threshold) invalid('Two shares are of one place')
  const { length } = used[0]!.bytes
  if (used.some(share => share.bytes.length !== length))
    invalid('Shares of one secret have different lengths')
  const secret = new Uint8Array(length)
  for (const { place, bytes } of used) {
    const weight = used
      .filter(other => other.place !== place)
      .reduce((product, other) => multiply(product, divide(other.place, other.place ^ place)), 1)
    for (let index = 0; index < length; index++) secret[index]! ^= multiply(bytes[index]!, weight)
  }
  return secret
}

function isPlace(place: number): boolean {
  return Number.isInteger(place) && place >= 1 && place <= 255
}

/** GF(2⁸) modulo x⁸ + x⁴ + x³ + x + 1 (the field of AES) by powers of its generator x + 1. */
const powers = new Uint8Array(510)
const logarithms = new Uint8Array(256)
for (let exponent = 0, power = 1; exponent < 255; exponent++) {
  powers[exponent] = power
  powers[exponent + 255] = power
  logarithms[power] = exponent
  const doubled = (power << 1) ^ (power & 128 ? 0x11b : 0)
  power = doubled ^ power
}

function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : powers[logarithms[a]! + logarithms[b]!]!
}

/** `b` is not 0. */
function divide(a: number, b: number): number {
  return a === 0 ? 0 : powers[logarithms[a]! + 255 - logarithms[b]!]!
}

function invalid(message: string): never {
  throw new Refusal('value-invalid', message)
}
