import { misfit, normalBelow } from './normal-distribution.ts'

/** Adds noise to `target` in place. */
export type AddNoise = (target: Float32Array, deviation: number) => void

/** What is wrong with a source of Gaussian noise; nothing is wrong by chance once in a hundred million runs. */
export type NoiseFault =
  | 'deviation'
  | 'shape'
  | 'tails'
  | 'grid'
  | 'last digits'
  | 'dependence'
  | 'repetition'

const each = 1 << 16
const calls = 4

/**
 * Looks at a quarter of a million values: spread, shape (χ² in bins of σ/16), tails, whether all lie on the grid, the
 * last digits of their steps, whether neighbours go together, and whether anything comes back in another call.
 */
export function noiseFaults(
  add: AddNoise,
  grid: { granularity: number; coarse: number; deviation: number },
): NoiseFault[] {
  const parts = Array.from({ length: calls }, () => {
    const values = new Float32Array(each)
    add(values, grid.deviation)
    return values
  })
  const all = new Float64Array(each * calls)
  for (const [index, part] of parts.entries()) all.set(part, index * each)
  const scaled = all.map(value => value / grid.deviation)
  const faults: NoiseFault[] = []
  const check = (fault: NoiseFault, isFine: boolean): void => {
    if (!isFine) faults.push(fault)
  }
  const spread = correlation(scaled, 0) / Math.sqrt(scaled.length)
  check('deviation', Math.abs(spread - 1) < 6 * Math.sqrt(2 / scaled.length))
  check('shape', shapeMisfit(scaled) < 6)
  check('tails', areTailsRight(scaled))
  check(
    'grid',
    all.every(value => Number.isInteger(value / grid.granularity)),
  )
  check('last digits', areDigitsUniform(all, grid))
  check(
    'dependence',
    [1, 2, 3, each / 2].every(lag => Math.abs(correlation(scaled, lag)) < 6),
  )
  check(
    'repetition',
    parts.every((part, index) => parts.slice(0, index).every(other => !resembles(part, other))),
  )
  return faults
}

function shapeMisfit(scaled: Float64Array): number {
  const counts = new Float64Array(160)
  for (const x of scaled) {
    const bin = Math.floor((x + 5) * 16)
    if (bin >= 0 && bin < counts.length) counts[bin]!++
  }
  const expected = counts.map(
    (_, bin) => scaled.length * (normalBelow((bin + 1) / 16 - 5) - normalBelow(bin / 16 - 5)),
  )
  return misfit(counts, expected)
}

/** Counts beyond 3, 3.5, 4 and 4.5 σ on each side, and nothing beyond 6.5. */
function areTailsRight(scaled: Float64Array): boolean {
  const fine = [3, 3.5, 4, 4.5].every(limit => {
    const counts = [0, 0]
    for (const x of scaled) if (Math.abs(x) > limit) counts[x > 0 ? 1 : 0]!++
    const expected = scaled.length * normalBelow(-limit)
    return counts.every(count => Math.abs(Math.sqrt(count + 0.375) - Math.sqrt(expected + 0.375)) < 3)
  })
  return fine && scaled.every(x => Math.abs(x) < 6.5)
}

/** The steps modulo 64 and modulo the coarse step are uniform; float32 keeps all digits below 2²⁴ steps. */
function areDigitsUniform(all: Float64Array, grid: { granularity: number; coarse: number }): boolean {
  return [64, grid.coarse].every(modulus => {
    const counts = new Float64Array(modulus)
    let total = 0
    for (const value of all) {
      const step = value / grid.granularity
      if (Math.abs(step) >= 2 ** 24 || !Number.isInteger(step)) continue
      counts[((step % modulus) + modulus) % modulus]!++
      total++
    }
    return (
      total > 0 &&
      misfit(
        counts,
        counts.map(() => total / modulus),
      ) < 6
    )
  })
}

/** In its own deviations. */
function correlation(scaled: Float64Array, lag: number): number {
  let sum = 0
  for (let index = lag; index < scaled.length; index++) sum += scaled[index]! * scaled[index - lag]!
  return sum / Math.sqrt(scaled.length)
}

/** Whether more values coincide than chance has it: about one in a few million does so. */
function resembles(part: Float32Array, other: Float32Array): boolean {
  let same = 0
  for (let index = 0; index < part.length; index++) if (part[index] === other[index]) same++
  return same > 10
}
