import { Refusal } from '@consort/protocol'
import { Tokenizer } from '@huggingface/tokenizers'
import type { BaseTokenizer } from '../base.ts'
import { weightsRefusal } from '../weights/weights-refusal.ts'

/** Of the base called `name`; a text becomes `lengthMax` tokens at most, those around it among them. */
export interface TokensOf {
  readonly name: string
  readonly lengthMax: number
}

/**
 * What makes a text into tokens as the base's own `tokenizer.json` says, with the tokens that it puts around a text.
 * Its settings of padding and truncation do not count: what does not fit is left out at the end of the text. Of a text
 * only the first 32 characters for each token are looked at, so that no text takes long.
 *
 * Throws `weights-invalid` where the base has no tokenizer, or one that cannot be used. What it returns throws
 * `value-invalid` for a text without a token.
 */
export function openTextTokens(
  tokenizer: BaseTokenizer | undefined,
  { name, lengthMax }: TokensOf,
): (text: string) => Int32Array {
  const own = openTokenizer(tokenizer, name)
  const { before, after } = aroundTexts(own)
  const around = before.length + after.length
  const room = lengthMax - around
  if (room < 1)
    throw new Refusal(
      'recipe-invalid',
      `${name} puts ${around} tokens around a text: ${lengthMax} leave no room for it`,
      { hint: `Set input.lengthMax to more than ${around}.`, path: 'input.lengthMax' },
    )
  return text => {
    const ids = own.encode(cutText(text, lengthMax * charactersPerToken), { add_special_tokens: false }).ids
    const all = Int32Array.from([...before, ...ids.slice(0, room), ...after])
    if (all.length > 0) return all
    throw new Refusal('value-invalid', `A text has no token for ${name}`, {
      hint: 'Leave empty texts out of the data set, or take a base that puts tokens around a text.',
    })
  }
}

/** More than words of any language have on average. */
const charactersPerToken = 32

/** What is used of the library, whose own types do not resolve under Node's rules for modules. */
interface OwnTokenizer {
  encode(text: string, options?: { add_special_tokens: boolean }): { readonly ids: readonly number[] }
}

function openTokenizer(tokenizer: BaseTokenizer | undefined, name: string): OwnTokenizer {
  if (!tokenizer)
    throw new Refusal('weights-invalid', `${name} has no tokenizer, so it reads no texts`, {
      hint: 'Add the base again from a folder with its tokenizer.json.',
    })
  try {
    return new Tokenizer(Object(tokenizer.json), tokenizer.config)
  } catch (cause) {
    throw weightsRefusal('tokenizer.json', `its kind is not known here (${Object(cause).message})`)
  }
}

/** The tokens that are put around whatever text there is: `[CLS]` and `[SEP]` of bert, none of gpt2. */
function aroundTexts(tokenizer: OwnTokenizer): { before: readonly number[]; after: readonly number[] } {
  const inside = tokenizer.encode('a', { add_special_tokens: false }).ids
  const all = tokenizer.encode('a').ids
  const start = all.findIndex((_, at) => inside.every((id, place) => all[at + place] === id))
  return { before: all.slice(0, start), after: all.slice(start + inside.length) }
}

/** Half a character at the cut is left out. */
function cutText(text: string, max: number): string {
  if (text.length <= max) return text
  const cut = text.slice(0, max)
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut
}
