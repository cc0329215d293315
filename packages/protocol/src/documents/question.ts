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
