/** How like a picture one of its reconstructions is. */
export interface Likeness {
  /**
   * Peak signal-to-noise ratio in dB: 10 looks like nothing, from 30 on hardly anybody sees a difference. At most 100.
   */
  readonly psnr: number
  /** Of the angle between the two around their means, −1 … 1. */
  readonly correlation: number
  readonly candidate: Float32Array
}

/** The PSNR from which a record counts as recovered. */
const recoveredFrom = 30

/**
 * The candidate most like `original` (pixels 0 … 1); undefined if there are none. Knows the original, which an attacker
 * does not.
 */
export function mostLike(candidates: readonly Float32Array[], original: Float32Array): Likeness | undefined {
  let best: Likeness | undefined
  for (const candidate of candidates) {
    const psnr = psnrOf(candidate, original)
    if (best === undefined || psnr > best.psnr)
      best = { psnr, correlation: correlationOf(candidate, original), candidate }
  }
  return best
}

/** How many of the originals some candidate shows, and the mean of the best PSNRs. */
export function likenessOfAll(
  candidates: readonly Float32Array[],
  originals: readonly Float32Array[],
): { recovered: number; psnr: number } {
  const best = originals.map(original => mostLike(candidates, original)?.psnr ?? 0)
  return {
    recovered: best.filter(psnr => psnr >= recoveredFrom).length,
    psnr: best.reduce((sum, psnr) => sum + psnr, 0) / best.length,
  }
}

function psnrOf(candidate: Float32Array, original: Float32Array): number {
  let sum = 0
  for (let pixel = 0; pixel < original.length; pixel++) {
    const value = Math.min(1, Math.max(0, candidate[pixel]!))
    sum += (value - original[pixel]!) ** 2
  }
  return Math.min(100, -10 * Math.log10(sum / original.length))
}

function correlationOf(a: Float32Array, b: Float32Array): number {
  const [meanA, meanB] = [a, b].map(values => values.reduce((sum, value) => sum + value, 0) / values.length)
  let [both, ownA, ownB] = [0, 0, 0]
  for (let index = 0; index < a.length; index++) {
    const [x, y] = [a[index]! - meanA!, b[index]! - meanB!]
    both += x * y
    ownA += x * x
    ownB += y * y
  }
  return both / Math.sqrt(ownA * ownB || 1)
}
