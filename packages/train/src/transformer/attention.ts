import type { Value } from '../graph/graph.ts'
import { add, mul, softmax, sub } from '../ops/elementwise.ts'
import { matmul, transposeMatrix } from '../ops/linear.ts'
import { concat, pad, reshape, slice } from '../ops/movement.ts'
import { reduceSum } from '../ops/reduction.ts'

export interface Attention {
  /** [B, heads, T, d]; heads that share keys and values stand together. */
  readonly queries: Value
  /** [B, groups, T, d]: of as many heads each as go into `queries` (Ainslie et al. 2023). */
  readonly keys: Value
  readonly values: Value
  /** [B, T]: 1 where there is a token, 0 where there is padding, which nobody looks at. */
  readonly keep?: Value
  /** No token looks at a later one. */
  readonly isCausal: boolean
  /** Rows of queries that are worked on together: causal ones skip the keys that none of them sees. */
  readonly rowsMax?: number
}

/** Added to scores that count as nothing. */
export const never = -1e9

/**
 * softmax(Q·Kᵀ/√d + mask)·V for each head (Vaswani et al. 2017, eq. 1), [B, heads, T, d]. The probabilities, T² numbers
 * a head, are not kept but made again for the gradient. With P the probabilities and δ = Σ Ȳ·Y by row:
 * V̄ = Pᵀ·Ȳ, W = P·(Ȳ·Vᵀ − δ), Q̄ = W·K/√d, K̄ = Wᵀ·Q/√d (Dao et al. 2022, appendix B).
 */
export function attention(input: Attention): Value {
  const { queries, keys, values, keep, isCausal, rowsMax = 128 } = input
  const { graph } = queries
  const [batch, heads, length, width] = queries.shape as [number, number, number, number]
  const groups = keys.shape[1]!
  const each = heads / groups
  const scaled = mul(reshape(queries, [batch, groups, each, length, width]), 1 / Math.sqrt(width))
  const padding = keep && reshape(mul(add(keep, -1), -never), [batch, 1, 1, length])
  const blocks = isCausal ? blocksOf(length, rowsMax) : [{ start: 0, count: length, seen: length }]

  const rowsOf = (x: Value, { start, count }: Block): Value =>
    reshape(slice(x, [{ axis: 3, start, count }]), [batch, groups, each * count, width])
  const firstOf = (x: Value, { seen }: Block): Value => slice(x, [{ axis: 2, start: 0, count: seen }])
  const probabilities = (rows: Value, block: Block): Value => {
    const scores = matmul(rows, transposeMatrix(firstOf(keys, block)))
    const causal = isCausal
      ? add(scores, graph.constant(causalMask(block, each), [each * block.count, block.seen]))
      : scores
    return softmax(padding ? add(causal, slice(padding, [{ axis: 3, start: 0, count: block.seen }])) : causal)
  }
  const parts = blocks.map(block =>
    matmul(probabilities(rowsOf(scaled, block), block), firstOf(values, block)),
  )
  const joined = (of: readonly Value[]): Value =>
    reshape(
      concat(
        of.map((part, index) => reshape(part, [batch, groups, each, blocks[index]!.count, width])),
        3,
      ),
      queries.shape,
    )

  return graph.composite(joined(parts), {
    inputs: [queries, keys, values],
    rule(cotangent) {
      const later = withoutChange(cotangent)
      const inGroups = reshape(cotangent, [batch, groups, each, length, width])
      const gradients = blocks.map((block, index) => {
        const rows = add(rowsOf(scaled, block), later)
        const shares = probabilities(rows, block)
        const ct = rowsOf(inGroups, block)
        const delta = reduceSum(mul(ct, parts[index]!), [3], 1)
        const w = mul(shares, sub(matmul(ct, transposeMatrix(firstOf(values, block))), delta))
        return {
          queries: mul(matmul(w, firstOf(keys, block)), 1 / Math.sqrt(width)),
          keys: atTheEnd(matmul(transposeMatrix(w), rows), length),
          values: atTheEnd(matmul(transposeMatrix(shares), ct), length),
        }
      })
      const sum = (of: readonly Value[]): Value => of.reduce((total, more) => add(total, more))
      return [
        joined(gradients.map(gradient => gradient.queries)),
        sum(gradients.map(gradient => gradient.keys)),
        sum(gradients.map(gradient => gradient.values)),
      ]
    },
  })
}

interface Block {
  readonly start: number
  readonly count: number
  /** How many keys, from the first on, its rows may look at. */
  readonly seen: number
}

function blocksOf(length: number, rowsMax: number): Block[] {
  return Array.from({ length: Math.ceil(length / rowsMax) }, (_, index) => {
    const start = index * rowsMax
    const count = Math.min(rowsMax, length - start)
    return { start, count, seen: start + count }
  })
}

/** [each·count, seen]: what keeps the rows of `each` heads from looking at later tokens. */
export function causalMask({ start, count, seen }: Block, each: number): Float32Array<ArrayBuffer> {
  const mask = new Float32Array(each * count * seen)
  for (let row = 0; row < each * count; row++) {
    mask.fill(never, row * seen + start + (row % count) + 1, (row + 1) * seen)
  }
  return mask
}

/** A zero that is there only after `cotangent` is: what is added to it is not kept from the forward pass. */
function withoutChange(cotangent: Value): Value {
  const one = slice(
    cotangent,
    cotangent.shape.map((_, axis) => ({ axis, start: 0, count: 1 })),
  )
  return mul(reshape(one, [1]), 0)
}

/** Zeros for the rows that were not seen. */
function atTheEnd(x: Value, length: number): Value {
  const missing = length - x.shape[2]!
  return missing === 0 ? x : pad(x, [0, 0, 0, 0], [0, 0, missing, 0])
}
