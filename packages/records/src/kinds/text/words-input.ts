import { Refusal } from '@consort/basics'
import type { TextInput, WordsInput } from './text-input.ts'

/**
 * The input of texts that are read by their words. Throws `recipe-invalid` for one by the tokens of a base, which are
 * no numbers that a model takes as they are.
 */
export function wordsInput({ tokenizer, ...input }: TextInput): WordsInput {
  if (tokenizer.kind === 'hashed-words') return { ...input, tokenizer }
  throw new Refusal('recipe-invalid', 'Tokens of a base model are read where the base is, by its adapter', {
    hint: 'Agents and external trainers take texts by `hashed-words` so far.',
    path: 'input.tokenizer',
  })
}
