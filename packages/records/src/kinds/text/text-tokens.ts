import { isRefusal, Refusal } from '@consort/basics'
import type { TokenRows } from '../../examples/token-rows.ts'
import type { Chosen, Tokenize } from '../../kind/data-kind.ts'
import { type TextDataset, textName } from './text-dataset.ts'

/**
 * The chosen texts as tokens, in memory that threads share. Throws `data-mismatch` where nobody makes tokens, and what
 * `tokenize` refuses with the text that it was.
 */
export function* textTokens({ texts }: TextDataset, { rows, tokenize }: Chosen): Generator<void, TokenRows> {
  if (!tokenize) {
    throw new Refusal('data-mismatch', 'The recipe takes the tokens of a base model; none is open here', {
      hint: 'Agents, comparisons and external trainers take texts by `hashed-words` so far.',
      path: 'input.tokenizer',
    })
  }
  const starts = new Int32Array(new SharedArrayBuffer(4 * (rows.length + 1)))
  const made: Int32Array[] = []
  for (const [place, row] of rows.entries()) {
    const ids = tokensOf(texts[row]!, textName(row), tokenize)
    made.push(ids)
    starts[place + 1] = starts[place]! + ids.length
    if (made.length % pauseEvery === 0) yield
  }
  const ids = new Int32Array(new SharedArrayBuffer(4 * starts[rows.length]!))
  for (const [place, own] of made.entries()) ids.set(own, starts[place])
  return { starts, ids }
}

const pauseEvery = 64

function tokensOf(text: string, name: string, tokenize: Tokenize): Int32Array {
  try {
    return tokenize(text)
  } catch (error) {
    if (!isRefusal(error, 'value-invalid')) throw error
    const { message, hint } = error
    throw new Refusal('value-invalid', `${name}: ${message}`, { ...(hint && { hint }), cause: error })
  }
}
