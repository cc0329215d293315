import assert from 'node:assert/strict'

/**
 * P(X ≤ k) for X ~ Binomial(n, p): n ≥ 0 and k whole numbers, 0 ≤ p ≤ 1. The terms are summed from k away from the
 * mean, where they fall geometrically: all are positive, so nothing cancels, and small tails keep their relative
 * precision (about 1e-13). O(√n) terms.
 */
export function binomialAtMost(k: number, { n, p }: { n: number; p: number }): number {
  assert.ok(Number.isInteger(k) && Number.isInteger(n) && n >= 0 && p >= 0 && p <= 1)
  if (k < 0) return 0
  if (k >= n || p === 0) return 1
  if (p === 1) return 0
  const odds = p / (1 - p)
  if (k < n * p) return sumWhile(probability(k, n, p), k, i => i / ((n - i + 1) * odds), -1)
  return 1 - sumWhile(probability(k + 1, n, p), k + 1, i => ((n - i) * odds) / (i + 1), 1)
}

/** first · (1 + r(i) + r(i) · r(i ± 1) + …) until a term no longer counts. */
function sumWhile(first: number, start: number, ratio: (i: number) => number, step: 1 | -1): number {
  let sum = 0
  for (let term = first, i = start; term > sum * 1e-17; i += step) {
    sum += term
    term *= ratio(i)
  }
  return Math.min(sum, 1)
}

/**
 * P(X = k), 0 ≤ k ≤ n, by the saddle point (Loader 2000, "Fast and accurate computation of binomial probabilities").
 */
function probability(k: number, n: number, p: number): number {
  if (k === 0) return Math.exp(n * Math.log1p(-p))
  if (k === n) return p ** n
  const exponent =
    stirlingError(n) -
    stirlingError(k) -
    stirlingError(n - k) -
    deviance(k, n * p) -
    deviance(n - k, n * (1 - p))
  return Math.exp(exponent) * Math.sqrt(n / (2 * Math.PI * k * (n - k)))
}

/** ln n! less Stirling's √(2πn) (n/e)ⁿ. */
function stirlingError(n: number): number {
  if (n > 15) {
    const inverse = 1 / (n * n)
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - inverse / 1188) * inverse) * inverse) * inverse) / n
  }
  let factorial = 1
  for (let i = 2; i <= n; i++) factorial *= i
  return Math.log(factorial) - Math.log(2 * Math.PI * n) / 2 - n * Math.log(n) + n
}

/** x ln(x / m) + m − x, by its series where x is near m and the plain form would cancel. */
function deviance(x: number, m: number): number {
  if (Math.abs(x - m) >= 0.1 * (x + m)) return x * Math.log(x / m) + m - x
  const v = (x - m) / (x + m)
  let sum = (x - m) * v
  for (let term = 2 * x * v ** 3, j = 3; ; term *= v * v, j += 2) {
    const next = sum + term / j
    if (next === sum) return sum
    sum = next
  }
}
