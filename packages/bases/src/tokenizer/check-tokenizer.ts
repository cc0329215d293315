import { z } from 'zod'
import type { GgufValue } from '../weights/gguf/gguf-cursor.ts'
import { shown, weightsRefusal } from '../weights/weights-refusal.ts'

const tokenizerSchema = z.looseObject({
  model: z.looseObject({
    /** From words to numbers; a list of words with their scores, for Unigram. */
    vocab: z.union([z.record(z.string(), z.int()), z.array(z.unknown())]).optional(),
  }),
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string() })).nullish(),
})

/**
 * Checks that each token of a `tokenizer.json` (huggingface/tokenizers) has a row in the table of embeddings. Throws
 * `weights-invalid`: a token without one would read past the table.
 */
export function checkTokenizer(json: unknown, vocabulary: number): void {
  const parsed = tokenizerSchema.safeParse(json)
  if (!parsed.success) throw weightsRefusal('tokenizer.json', 'it is not written as tokenizers write it')
  const { model, added_tokens: added } = parsed.data
  const words = Array.isArray(model.vocab)
    ? model.vocab.map((_, id): [string, number] => [`number ${id}`, id])
    : Object.entries(model.vocab ?? {})
  const all = [...words, ...(added ?? []).map(({ content, id }): [string, number] => [content, id])]
  const outside = all.find(([, id]) => id < 0 || id >= vocabulary)
  if (outside) throw disagrees('tokenizer.json', shown(outside[0]), outside[1], vocabulary)
}

/** The same for the words in a GGUF file. */
export function checkVocabulary(metadata: ReadonlyMap<string, GgufValue>, vocabulary: number): void {
  const words = metadata.get('tokenizer.ggml.tokens')
  if (!Array.isArray(words) || words.length <= vocabulary) return
  throw disagrees('The tokenizer of the GGUF file', shown(String(words.at(-1))), words.length - 1, vocabulary)
}

function disagrees(name: string, word: string, id: number, vocabulary: number) {
  return weightsRefusal(
    name,
    `the token ${word} has the number ${id}, and the base has vectors for 0 to ${vocabulary - 1}`,
    'Take the tokenizer that was published with these weights.',
  )
}
