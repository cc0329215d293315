import { tensorRefusal } from './tensor.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A text of at most `max` characters from a tensor. Throws `input-invalid` for what is no text, never repeating it. */
export function utf8Text(name: string, value: Uint8Array | string, max: number): string {
  let text: string
  try {
    text = typeof value === 'string' ? value : utf8.decode(value)
  } catch {
    throw tensorRefusal(name, 'a text is not UTF-8', 'Encode texts as UTF-8.')
  }
  if (text.length > max || !text.isWellFormed())
    throw tensorRefusal(name, 'a text is too long, or half a character', `Send at most ${max} characters.`)
  return text
}
