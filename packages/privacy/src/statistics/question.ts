import { type Question, Refusal } from '@consort/protocol'

/** How many records a partner may bring, by agreement: it bounds what a sum can grow to. */
export interface SumLimits {
  readonly rowsMax: number
  readonly partners: number
}

/**
 * The most that each number of one partner's answer can be, one entry a number; the least is 0. Throws `input-invalid`
 * where the sum over all partners might pass 2^53.
 */
export function answerBounds(question: Question, { rowsMax, partners }: SumLimits): number[] {
  const bounds = new Array<number>(answerLength(question)).fill(rowsMax)
  if (question.kind === 'moments') {
    bounds[2] = rowsMax * question.steps
    bounds[3] = rowsMax * question.steps ** 2
  }
  const largest = Math.max(rowsMax, bounds[3] ?? 0)
  if (largest * partners <= Number.MAX_SAFE_INTEGER && rowsMax >= 1 && partners >= 1) return bounds
  throw new Refusal(
    'input-invalid',
    `The sum of ${question.field} over ${partners} partners might not be exact`,
    {
      hint: 'Take fewer steps, or agree on fewer rows a partner.',
      path: question.field,
    },
  )
}

/** How many numbers the answer to a question has. */
export function answerLength(question: Question): number {
  switch (question.kind) {
    case 'moments':
      return 4
    case 'histogram':
      return question.edges.length - 1
    case 'candidates':
      return question.candidates.length + 1
    case 'buckets':
      return question.buckets
  }
}
