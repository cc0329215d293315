import { z } from 'zod'
import type { KindTypes } from '../../kind/input-kind.ts'
import { wellFormedText } from '../../kind/well-formed-text.ts'
import type { TextDataset } from './text-dataset.ts'

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

/** The tokens of the recipe's base model, by its own tokenizer: for adapters. */
const baseTokens = z.strictObject({ kind: z.literal('base') })

/** How a recipe describes texts. */
export const textInputSchema = z.strictObject({
  kind: z.literal('text'),
  tokenizer: z.discriminatedUnion('kind', [hashedWords, baseTokens]).prefault({ kind: 'hashed-words' }),
  /** How many words, or tokens of a base, of a text are read, from its beginning. */
  lengthMax: z.int().min(1).max(100_000).default(2000),
})
export type TextInput = z.infer<typeof textInputSchema>
/** Texts by their words. */
export interface WordsInput extends Omit<TextInput, 'tokenizer'> {
  readonly tokenizer: z.infer<typeof hashedWords>
}

export const textContentsSchema = z.strictObject({ kind: z.literal('text') })

export const textRecordSchema = z.strictObject({ kind: z.literal('text'), text: wellFormedText(200_000) })
type TextRecord = z.infer<typeof textRecordSchema>

export type TextTypes = KindTypes<TextInput, z.infer<typeof textContentsSchema>, TextRecord, TextDataset>

/** A text as a record. */
export function textRecord(text: string): TextRecord {
  return { kind: 'text', text }
}
