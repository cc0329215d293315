import { createHash } from 'node:crypto'
import type { Letter } from './read-mail.ts'

/**
 * Tells whether a letter may come up on the screen of whoever tries this out: short enough to be read, of words that
 * mostly stand in other people's ordinary letters too (`ordinary`), and with none of the stems below, anywhere in a
 * word. Spam of that time was often obscene. What this takes away harmless letters for does no harm: it chooses what is
 * shown, never what is learnt.
 */
export function mayBeShown({ subject, body }: Letter, ordinary: ReadonlySet<string>): boolean {
  const words = wordsOf(`${subject} ${body}`)
  if (subject === '' || body.length < 120 || body.length > 1500 || words.length < 20) return false
  if (words.filter(word => ordinary.has(word)).length < 0.9 * words.length) return false
  return !words.some(hasStem)
}

/** The words of some texts that stand in at least three of them. */
export function ordinaryWords(letters: readonly Letter[]): ReadonlySet<string> {
  const counts = new Map<string, number>()
  for (const { subject, body } of letters)
    for (const word of new Set(wordsOf(`${subject} ${body}`))) counts.set(word, (counts.get(word) ?? 0) + 1)
  return new Set([...counts].flatMap(([word, count]) => (count >= 3 ? [word] : [])))
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}

const stemLengths = [3, 4, 5, 6, 7, 8]

function hasStem(word: string): boolean {
  return stemLengths.some(length => {
    for (let from = 0; from + length <= word.length; from++)
      if (stems.has(digestOf(word.slice(from, from + length)))) return true
    return false
  })
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

/** Of obscene and abusive words, by the first digits of SHA-256: nobody has to read them here. */
const stems: ReadonlySet<string> = new Set(
  `
  038c9ccd 08775183 09709228 09cc1b93 0ebdc331 102626ea 12a667c9 13a465fc 17313933 2189c0ed
  25390976 2a6937d7 3180beaa 345e2468 34b14e32 38136d6e 4098e1a8 4140197e 431ba1c6 4894efd1
  4bae6b1b 4d262fbd 4feb17e4 566f532d 56bcdb72 586acb3c 594810ad 59cc3cb8 5e59e969 6ac3c336
  7902e270 796e43a5 7bc67115 7fdc3e80 85fc17f7 8c5c0439 8f5083e3 938b345c 954bafcc 98d44e13
  9ae315a9 a3686065 a448294a ad505b0b bb0689e3 be2db2bf c2c3b68b cd2eb083 d75a838d d92f4cf1
  dc10e452 dcc43fc8 dd32831e e512a055 e9143a29 e99d5524 ebec03d8 eff26b18 f45bc957 f50c51ed
  f6952d6e f6a9dcb1 fb93e8d7
`
    .trim()
    .split(/\s+/),
)
