import { Refusal } from '@consort/protocol'
import { z } from 'zod'

const field = z.string().min(1).max(200)
/** Above this a sum of products of counts and squared steps might not be exact in 2^53. */
const stepsMax = 65_536

/** What partners ask of all their records together, agreed before anyone looks at a value. */
export const questionSchema = z
  .discriminatedUnion('kind', [
    /** Count, mean and variance; values are clipped to [min, max] and rounded to one of `steps` + 1 places. */
    z.strictObject({
      kind: z.literal('moments'),
      field,
      min: z.number(),
      max: z.number(),
      steps: z.int().min(16).max(stepsMax).default(4096),
    }),
    /** How many values lie between two edges each; values outside count in the outer bins. Quantiles come from it. */
    z.strictObject({
      kind: z.literal('histogram'),
      field,
      edges: z.array(z.number()).min(2).max(10_001).readonly(),
    }),
    /** How often each of these values occurs, and how often any other. */
    z.strictObject({
      kind: z.literal('candidates'),
      field,
      candidates: z.array(z.string().min(1).max(200)).min(1).max(10_000).readonly(),
    }),
    /** How many values fall in each of so many buckets of a hash whose key only the partners have. */
    z.strictObject({ kind: z.literal('buckets'), field, buckets: z.int().min(2).max(1_000_000) }),
  ])
  .check(({ value, issues }) => {
    const message = faultOf(value)
    if (message !== undefined) issues.push({ code: 'custom', message, input: value, path: [value.field] })
  })
export type Question = z.infer<typeof questionSchema>
export type QuestionOf<K extends Question['kind']> = Extract<Question, { kind: K }>

function faultOf(question: z.infer<typeof questionSchema>): string | undefined {
  switch (question.kind) {
    case 'moments':
      return question.min < question.max ? undefined : 'min must be less than max'
    case 'histogram':
      return question.edges.every((edge, i) => i === 0 || edge > question.edges[i - 1]!)
        ? undefined
        : 'edges must increase'
    case 'candidates':
      return new Set(question.candidates).size === question.candidates.length
        ? undefined
        : 'a candidate is there twice'
    case 'buckets':
      return undefined
  }
}

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
