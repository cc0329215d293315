import assert from 'node:assert/strict'
import { Refusal } from '@consort/protocol'

/** A step function that never falls: `values[i]` holds from `scores[i]` to before the next one; scores ascend. */
export interface Isotonic {
  readonly scores: readonly number[]
  /** Shares in [0, 1]. */
  readonly values: readonly number[]
}

/**
 * The never-falling function of the score nearest to the outcomes in squares, by pooling adjacent violators (Ayer et
 * al. 1955; Zadrozny, Elkan 2002): a calibrated P(right | score) without an assumption on its shape, but with many
 * parameters, so give it a thousand records or more. `scores` are n finite numbers, the larger the surer. Records of
 * one score are one block. Throws `input-invalid` without records, `value-invalid` when a score is not finite.
 */
export function fitIsotonic(scores: ArrayLike<number>, isRight: ArrayLike<boolean>): Isotonic {
  assert.equal(scores.length, isRight.length)
  if (scores.length === 0) {
    throw new Refusal('input-invalid', 'There is no labelled record to calibrate on', {
      hint: 'Label cases of the role calibrate first.',
    })
  }
  const order = Array.from(scores, (score, index) => {
    if (Number.isFinite(score)) return index
    throw new Refusal('value-invalid', `The score of record ${index} is not finite`, {
      hint: 'Give the model’s probability of its answer.',
    })
  }).sort((a, b) => scores[a]! - scores[b]!)
  const blocks: Block[] = []
  for (const index of order) {
    const right = isRight[index] ? 1 : 0
    const last = blocks.at(-1)
    const isTied = last !== undefined && last.to === scores[index]
    if (isTied) blocks[blocks.length - 1] = { ...last, right: last.right + right, count: last.count + 1 }
    else blocks.push({ from: scores[index]!, to: scores[index]!, right, count: 1 })
  }
  const pooled = pool(blocks)
  return { scores: pooled.map(({ from }) => from), values: pooled.map(({ right, count }) => right / count) }
}

/** The value at a score; below the lowest fitted score the lowest value. */
export function applyIsotonic(fit: Isotonic, score: number): number {
  let [low, high] = [0, fit.scores.length]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (fit.scores[middle]! <= score) low = middle
    else high = middle
  }
  return fit.values[low]!
}

interface Block {
  readonly from: number
  readonly to: number
  readonly right: number
  readonly count: number
}

/** Joins neighbours until the shares of right ones ascend. */
function pool(blocks: readonly Block[]): Block[] {
  const pooled: Block[] = []
  for (const block of blocks) {
    let last = block
    for (let before = pooled.at(-1); before && isAtLeast(before, last); before = pooled.at(-1)) {
      last = {
        from: before.from,
        to: last.to,
        right: before.right + last.right,
        count: before.count + last.count,
      }
      pooled.pop()
    }
    pooled.push(last)
  }
  return pooled
}

const isAtLeast = (a: Block, b: Block): boolean => a.right * b.count >= b.right * a.count
