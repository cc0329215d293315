import { z } from 'zod'
import { inputKind } from '../input-kind.ts'
import { wellFormedText } from '../well-formed-text.ts'

/**
 * Words by the hashing trick: each word, and with `ngrams: 2` each pair of neighbours, counts in the bucket that its
 * hash chooses among `buckets`. No dictionary has to be agreed on or sent.
 */
const hashedWords = z.strictObject({
  kind: z.literal('hashed-words'),
  buckets: z
    .int()
    .min(2)
    .max(2 ** 16)
    .default(1000),
  ngrams: z.literal([1, 2]).default(1),
})

/** Texts: letters, notes, conversations. */
export const text = inputKind({
  input: z.strictObject({
    kind: z.literal('text'),
    tokenizer: z.discriminatedUnion('kind', [hashedWords]).prefault({ kind: 'hashed-words' }),
    /** How many words of a text are read, from its beginning. */
    lengthMax: z.int().min(1).max(100_000).default(2000),
  }),
  contents: z.strictObject({ kind: z.literal('text') }),
  record: z.strictObject({ kind: z.literal('text'), text: wellFormedText(200_000) }),
  keptRecord: z.object({ kind: z.literal('text'), text: z.string() }),
  recordKind: 'text',
  shapeOf: ({ tokenizer }) => [tokenizer.buckets],
  featuresOf: () => [],
  columnsOf: () => [],
  pixelsOf: () => undefined,
  contradictions: () => [],
})
