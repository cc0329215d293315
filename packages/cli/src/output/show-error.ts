import { Refusal, refusalTitles } from '@consort/protocol'
import type { Language } from '../language/language.ts'
import type { Messages } from '../language/messages.ts'
import { chineseRefusalHints } from '../language/refusal-hints.ts'
import { note, type Terminal } from './terminal.ts'

export interface Failure {
  readonly error: unknown
  readonly language: Language
  readonly say: Messages
}

/**
 * A refusal as its title, what was refused and the hint; anything else as what it is: a defect of ours. In 中文 the
 * advice of its code comes before the hint, which is English.
 */
export function showError(terminal: Terminal, { error, language, say }: Failure): void {
  const unexpected = (): Refusal =>
    new Refusal('internal', error instanceof Error ? (error.stack ?? error.message) : String(error))
  const { code, message, hint, path } = error instanceof Refusal ? error : unexpected()
  if (terminal.json) {
    terminal.err.write(`${JSON.stringify({ code, message, ...(hint && { hint }), ...(path && { path }) })}\n`)
    return
  }
  const told = (title: string, text: string): void => note(terminal, `${title}${say.colon}${text}`)
  told(terminal.paint('bad', refusalTitles[code][language]), message)
  if (language === 'zh') told(terminal.paint('strong', say.word.hint), chineseRefusalHints[code])
  if (hint) told(terminal.paint('strong', say.word.ownHint), hint)
}
