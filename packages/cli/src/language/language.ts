import { chinese } from './chinese.ts'
import { english } from './english.ts'
import type { Messages } from './messages.ts'

export type Language = Messages['language']

export const messagesOf: Readonly<Record<Language, Messages>> = { en: english, zh: chinese }

/** `--lang` or CONSORT_LANG if they say, else what the system speaks. */
export function chooseLanguage(
  wanted: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Language {
  // An empty variable says nothing, as POSIX has it.
  const said =
    wanted ||
    environment.CONSORT_LANG ||
    environment.LC_ALL ||
    environment.LC_MESSAGES ||
    environment.LANG ||
    ''
  return said.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}
