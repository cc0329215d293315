import assert from 'node:assert/strict'

/**
 * Writes integers with several digits each, for a secure sum whose inputs have fewer bits (`bits` a digit, lowest
 * first; as many digits as each bound needs). The sum of each digit is taken apart from the others, so it tells a
 * little more than the sum of the numbers does: how often, over all partners, a digit was passed. Where the ring is
 * wide enough, do without.
 */
export function splitDigits(values: readonly number[], { bounds, bits }: DigitLayout): number[] {
  assert.equal(values.length, bounds.length)
  return values.flatMap((value, index) => {
    assert.ok(Number.isSafeInteger(value) && value >= 0 && value <= bounds[index]!)
    return Array.from({ length: digitsOf(bounds[index]!, bits) }, (_, digit) =>
      Number((BigInt(value) >> BigInt(digit * bits)) & ((1n << BigInt(bits)) - 1n)),
    )
  })
}

/** The sums of the numbers from the sums of their digits, which may exceed a digit. */
export function joinDigits(sums: readonly number[], { bounds, bits }: DigitLayout): number[] {
  let at = 0
  const values = bounds.map(bound => {
    let value = 0n
    for (let digit = 0; digit < digitsOf(bound, bits); digit++)
      value += BigInt(sums[at++]!) << BigInt(digit * bits)
    return Number(value)
  })
  assert.equal(at, sums.length)
  return values
}

export interface DigitLayout {
  /** The most that each number of one partner can be: `answerBounds`. */
  readonly bounds: readonly number[]
  /** Bits of a digit. */
  readonly bits: number
}

/** How many digits all numbers have together. */
export function digitCount({ bounds, bits }: DigitLayout): number {
  return bounds.reduce((count, bound) => count + digitsOf(bound, bits), 0)
}

function digitsOf(bound: number, bits: number): number {
  return Math.max(1, Math.ceil(BigInt(bound).toString(2).length / bits))
}
