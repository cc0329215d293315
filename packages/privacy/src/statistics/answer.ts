import { type Question, Refusal } from '@consort/protocol'
import { encodeBuckets, encodeCandidates } from './categories.ts'
import { encodeHistogram } from './histogram.ts'
import { encodeMoments } from './moments.ts'
import { answerBounds, type SumLimits } from './question.ts'

export type ColumnCell = string | number | null

/**
 * One partner's answer to a question about one column, for a secure sum: integers from 0 to `answerBounds`, as many as
 * `answerLength`. Cells where nothing is recorded (null) are left out. `key` is what the partners share, for buckets.
 * Throws `data-mismatch` for more rows than agreed and for cells of the other kind (a text among numbers, NaN),
 * naming the row, never its value; `input-invalid` for buckets without a key.
 */
export function answerQuestion(
  question: Question,
  column: readonly ColumnCell[],
  { key, ...limits }: SumLimits & { readonly key?: Uint8Array },
): number[] {
  answerBounds(question, limits)
  if (column.length > limits.rowsMax) {
    throw new Refusal('data-mismatch', `There are ${column.length} rows, and ${limits.rowsMax} are agreed`, {
      hint: 'Agree on a greater number of rows: it bounds the sum.',
      path: question.field,
    })
  }
  switch (question.kind) {
    case 'moments':
      return encodeMoments(question, numbersIn(column, question.field))
    case 'histogram':
      return encodeHistogram(question, numbersIn(column, question.field))
    case 'candidates':
      return encodeCandidates(question, textsIn(column, question.field))
    case 'buckets':
      if (key !== undefined) return encodeBuckets(question, textsIn(column, question.field), key)
      throw new Refusal('input-invalid', `The buckets of ${question.field} need the partners’ key`, {
        hint: 'The partners agree on one and keep it from the hub.',
      })
  }
}

function numbersIn(column: readonly ColumnCell[], field: string): number[] {
  return column.flatMap((cell, row) => {
    if (cell === null) return []
    return typeof cell === 'number' && Number.isFinite(cell)
      ? [cell]
      : wrongCell(field, row, 'a finite number')
  })
}

function textsIn(column: readonly ColumnCell[], field: string): string[] {
  return column.flatMap((cell, row) => {
    if (cell === null) return []
    return typeof cell === 'string' ? [cell] : wrongCell(field, row, 'a category')
  })
}

function wrongCell(field: string, row: number, wanted: string): never {
  throw new Refusal('data-mismatch', `Row ${row + 1} of ${field} does not hold ${wanted}`, {
    hint: 'Ask only for fields of the consortium’s schema, after its mapping.',
    path: field,
  })
}
