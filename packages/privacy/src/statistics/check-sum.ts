import { type Question, Refusal } from '@consort/protocol'
import { answerBounds, type SumLimits } from './question.ts'

/**
 * Throws `input-invalid` for what no answers within the bounds add up to: another length, not integers, negative, too
 * large, or moments that no values have.
 */
export function checkSum(question: Question, sum: readonly number[], limits: SumLimits): void {
  const bounds = answerBounds(question, limits)
  const isWithin = (value: number, index: number): boolean =>
    Number.isInteger(value) && value >= 0 && value <= bounds[index]! * limits.partners
  if (sum.length === bounds.length && sum.every(isWithin) && isPossible(question, sum, limits)) return
  throw new Refusal('input-invalid', `This is no sum of answers to the question about ${question.field}`, {
    hint: 'All partners have to answer the same question under the same limits.',
    path: question.field,
  })
}

/**
 * No more values than rows. Of moments: no more clipped than counted, no place beyond the last, squares between
 * Cauchy–Schwarz and the largest place.
 */
function isPossible(question: Question, sum: readonly number[], { partners, rowsMax }: SumLimits): boolean {
  if (question.kind !== 'moments') return sum.reduce((total, count) => total + count, 0) <= partners * rowsMax
  const [count, clipped, places, squares] = [sum[0]!, sum[1]!, sum[2]!, sum[3]!]
  const { steps } = question
  return (
    clipped <= count &&
    places <= count * steps &&
    squares <= places * steps &&
    BigInt(count) * BigInt(squares) >= BigInt(places) ** 2n
  )
}
