import type { Value } from '../graph/graph.ts'
import { add, div, exp, log, mul, sub } from '../ops/elementwise.ts'
import { gemm } from '../ops/linear.ts'
import { concat, gather, reshape, slice } from '../ops/movement.ts'
import { reduceMax, reduceMean, reduceSum } from '../ops/reduction.ts'

export interface TokenLoss {
  /** [B, T, d]: what the last layer says at each place. */
  readonly hidden: Value
  /** [V, d], frozen: the scores are hidden·tableᵀ. */
  readonly table: Value
  /** [B, T] int64: the token that should come next; any where the weight is 0. */
  readonly labels: Value
  /** [B, T, 1]: 1/n for each of n tokens that are to be learnt, 0 for all others. */
  readonly weights: Value
  /** How much of a token's weight all V tokens share (Szegedy et al. 2016, section 7). */
  readonly smoothing: number
  /** So many places of each row have their V scores at one time. */
  readonly placesMax: number
}

/**
 * Σᵢ weightᵢ·(log Σₖ eˢᵢₖ − (1 − ε)·sᵢ,ᵧ − ε·mean(sᵢ)), s the scores: the cross-entropy of the next token, piece by
 * piece, without a score that is kept and without one-hot vectors, since sᵢ,ᵧ = hᵢ·table[yᵢ]. The gradient of hᵢ is
 * weightᵢ·(Σₖ pₖ·table[k] − (1 − ε)·table[yᵢ] − ε·mean(table)), which is made in the same pass.
 */
export function tokenLoss({ hidden, table, labels, weights, smoothing, placesMax }: TokenLoss): Value {
  const [batch, places, width] = hidden.shape as [number, number, number]
  const everyOne = smoothing > 0 ? mul(reduceMean(table, [0], 1), smoothing) : undefined
  const pieces = Array.from({ length: Math.ceil(places / placesMax) }, (_, index) => {
    const start = index * placesMax
    const count = Math.min(placesMax, places - start)
    const partOf = (x: Value, ...rest: number[]): Value =>
      reshape(slice(x, [{ axis: 1, start, count }]), [batch * count, ...rest])
    const rows = partOf(hidden, width)
    const weight = partOf(weights, 1)
    const scores = gemm(rows, table, { transB: true })
    const largest = reduceMax(scores, [1], 1)
    const powers = exp(sub(scores, largest))
    const sum = reduceSum(powers, [1], 1)
    const own = gather(table, partOf(labels))
    const wanted = everyOne ? add(mul(own, 1 - smoothing), everyOne) : own
    const losses = sub(add(log(sum), largest), reduceSum(mul(rows, wanted), [1], 1))
    const gradient = mul(sub(div(gemm(powers, table), sum), wanted), weight)
    return {
      loss: reduceSum(mul(losses, weight), [0, 1]),
      gradient: reshape(gradient, [batch, count, width]),
    }
  })
  const total = pieces.map(({ loss }) => loss).reduce((sum, more) => add(sum, more))
  return hidden.graph.composite(total, {
    inputs: [hidden],
    rule: cotangent => [
      mul(
        concat(
          pieces.map(({ gradient }) => gradient),
          1,
        ),
        cotangent,
      ),
    ],
  })
}
