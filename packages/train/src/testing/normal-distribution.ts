/** P(N(0, 1) ≤ x), relative precision about 1e-14 in the lower tail. */
export function normalBelow(x: number): number {
  if (x > 0) return 1 - normalBelow(-x)
  const density = Math.exp(-x * x * 0.5) / Math.sqrt(2 * Math.PI)
  if (x < -3) {
    // Laplace's continued fraction for Mills' ratio
    let fraction = -x
    for (let k = 120; k >= 1; k--) fraction = -x + k / fraction
    return density / fraction
  }
  let sum = 0
  for (let term = -x, k = 1; term > 1e-18; term *= (x * x) / (2 * k + 1), k++) sum += term
  return 0.5 - density * sum
}

/**
 * How far counts are from what was expected, in deviations of the χ² statistic (Wilson, Hilferty 1931): beyond 6 by
 * chance once in a billion. Cells in which fewer than 20 are expected are left out.
 */
export function misfit(counts: ArrayLike<number>, expected: ArrayLike<number>): number {
  let statistic = 0
  let cells = 0
  for (let cell = 0; cell < expected.length; cell++) {
    if (expected[cell]! < 20) continue
    statistic += (counts[cell]! - expected[cell]!) ** 2 / expected[cell]!
    cells++
  }
  const freedom = cells - 1
  return (Math.cbrt(statistic / freedom) - (1 - 2 / (9 * freedom))) / Math.sqrt(2 / (9 * freedom))
}
