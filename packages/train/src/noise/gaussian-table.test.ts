import assert from 'node:assert/strict'
import test from 'node:test'
import { normalBelow } from '../testing/normal-distribution.ts'
import { cellProbabilities, gaussianTable, tableCentre, tableDeviation } from './gaussian-table.ts'

const full = 1n << 80n

/** What the alias table gives each cell, in units of 2⁻⁹⁶. */
function massesOf({ cells, rests }: { cells: Int32Array; rests: BigUint64Array }): bigint[] {
  const masses = Array.from(cells, () => 0n)
  for (const [cell, packed] of cells.entries()) {
    const threshold = (BigInt(packed >>> 16) << 64n) | rests[cell]!
    masses[cell]! += threshold
    masses[packed & 0xffff]! += full - threshold
  }
  return masses
}

test('the alias table gives every cell its probability, to the last of 96 bits', () => {
  const expected = cellProbabilities()
  const table = gaussianTable()
  assert.deepEqual(massesOf(table), expected)
  const altered = { ...table, rests: table.rests.slice() }
  altered.rests[12_345]! ^= 1n
  assert.notDeepEqual(massesOf(altered), expected)
})

test('the probabilities are those of the discrete Gaussian, out to the tails, and add up to one', () => {
  const probabilities = cellProbabilities()
  assert.equal(
    probabilities.reduce((sum, p) => sum + p, 0n),
    1n << 96n,
  )
  const scale = tableDeviation * Math.sqrt(2 * Math.PI)
  for (let k = 0; k < 8 * tableDeviation; k += 37) {
    const expected = Math.exp(-((k / tableDeviation) ** 2) / 2) / scale
    for (const cell of [tableCentre + k, tableCentre - k]) {
      const relative = (Number(probabilities[cell]) * 2 ** -96) / expected - 1
      assert.ok(Math.abs(relative) < 1e-12 + 2 ** -96 / expected, `value ${k}: off by ${relative}`)
    }
  }
  assert.equal(probabilities[0], 0n)
  assert.ok(probabilities[1]! > 0n)
  assert.equal(probabilities[1], probabilities[65_535])
})

/** The largest |P(z)/N_ℤ(0, S²)(z) − 1| of a·X₁ + X₂ for X of deviation s, within 5 S. */
function convolutionError(s: number, a: number): number {
  const sum = s * Math.hypot(a, 1)
  const norm = (deviation: number): number => {
    let total = 1
    for (let k = 1; k < 14 * deviation; k++) total += 2 * Math.exp(-((k / deviation) ** 2) / 2)
    return total
  }
  let worst = 0
  for (let z = 0; z < 5 * sum; z++) {
    let p = 0
    for (let x = -Math.ceil(14 * s); x <= 14 * s; x++) {
      p += Math.exp((-(x * x) - (z - a * x) ** 2) / (2 * s * s))
    }
    const ideal = Math.exp(-((z / sum) ** 2) / 2) / norm(sum)
    worst = Math.max(worst, Math.abs(p / norm(s) ** 2 / ideal - 1))
  }
  return worst
}

test('two draws make one of larger deviation, as exactly as claimed', () => {
  for (const [s, a] of [
    [4, 2],
    [6, 5],
    [6, 7],
    [5, 8],
    [5, 12],
  ] as const) {
    const claimed = 4 * Math.exp((-2 * Math.PI ** 2 * s * s) / (1 + a * a))
    const error = convolutionError(s, a)
    assert.ok(error <= claimed * 1.3 + 1e-13, `s ${s}, a ${a}: ${error}, claimed ${claimed}`)
    if (claimed > 1e-9) assert.ok(error > claimed / 10, 'the bound says nothing')
  }
  assert.ok(convolutionError(5, 15) > 0.01, 'steps that are too coarse would be found')
})

test('a discrete Gaussian is a rounded Gaussian of 1/12 less variance, up to (1 + x⁴)/900s⁴', () => {
  const errorOf = (s: number, variance: number): number => {
    let total = 1
    for (let k = 1; k < 14 * s; k++) total += 2 * Math.exp(-((k / s) ** 2) / 2)
    let worst = 0
    for (let k = 0; k < 8 * s; k++) {
      const discrete = Math.exp(-((k / s) ** 2) / 2) / total
      const rounded =
        normalBelow((-k + 0.5) / Math.sqrt(variance)) - normalBelow((-k - 0.5) / Math.sqrt(variance))
      worst = Math.max(worst, (Math.abs(Math.log(discrete / rounded)) * 900 * s ** 4) / (1 + (k / s) ** 4))
    }
    return worst
  }
  for (const s of [4, 6, 9, 16]) {
    const error = errorOf(s, s * s - 1 / 12)
    assert.ok(error < 1, `s ${s}: ${error} of what is claimed`)
  }
  assert.ok(errorOf(9, 81) > 10, 'equal variances would be found to be worse')
})
