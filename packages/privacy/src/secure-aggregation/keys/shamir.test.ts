import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import test from 'node:test'
import { isRefusal } from '@consort/protocol'
import { combineShares, splitSecret } from './shamir.ts'

const secret = new Uint8Array(32).map((_, index) => index * 7)
const placesTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)
const split = (count: number, threshold: number) =>
  splitSecret(secret, { places: placesTo(count), threshold, coefficients: randomBytes((threshold - 1) * 32) })

test('any threshold of the shares give the secret back, in any order', () => {
  for (const [count, threshold] of [
    [4, 3],
    [5, 4],
    [10, 7],
    [100, 67],
    [255, 2],
  ] as const) {
    const shares = split(count, threshold)
    assert.deepEqual(combineShares(shares, threshold), secret)
    assert.deepEqual(combineShares(shares.toReversed(), threshold), secret)
    assert.deepEqual(combineShares(shares.slice(count - threshold), threshold), secret)
  }
})

test('one share fewer fits every secret: for each there is a polynomial', () => {
  const [first, second] = splitSecret(Uint8Array.of(42), {
    places: [1, 2, 3],
    threshold: 3,
    coefficients: Uint8Array.of(7, 9),
  })
  const thirds = new Set<number>()
  for (let guess = 0; guess < 256; guess++)
    thirds.add(combineShares([first!, second!, { place: 3, bytes: Uint8Array.of(guess) }], 3)[0]!)
  assert.equal(thirds.size, 256)
})

test('the field is that of AES (FIPS 197, section 4.2: {57} · {83} = {c1})', () => {
  const [share] = splitSecret(Uint8Array.of(0), {
    places: [0x83],
    threshold: 2,
    coefficients: Uint8Array.of(0x57),
  })
  assert.deepEqual(share!.bytes, Uint8Array.of(0xc1))
})

test('too few, out of range, twice, of another length: refused; a changed share gives another secret', () => {
  const shares = split(5, 4)
  const refused = (wrong: typeof shares, what: RegExp): void =>
    assert.throws(
      () => combineShares(wrong, 4),
      (error: unknown) => {
        return isRefusal(error, 'value-invalid') && what.test(error.message)
      },
    )
  refused(shares.slice(0, 3), /3 shares of 4/)
  for (const place of [0, -1, 256, 1.5, Number.NaN])
    refused(shares.with(0, { ...shares[0]!, place }), /outside/)
  refused(shares.with(1, shares[0]!), /one place/)
  refused(shares.with(1, { place: 2, bytes: new Uint8Array(31) }), /lengths/)
  const changed = shares.with(2, { place: 3, bytes: shares[2]!.bytes.with(0, shares[2]!.bytes[0]! ^ 1) })
  assert.notDeepEqual(combineShares(changed, 4), secret)
})
