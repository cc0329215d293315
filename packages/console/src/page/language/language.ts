import { chinese } from './chinese.ts'
import { english } from './english.ts'
import type { Messages } from './messages.ts'

export type Language = 'en' | 'zh'

export const messagesOf: Readonly<Record<Language, Messages>> = { en: english, zh: chinese }

/** What was chosen here before, else the first language of the browser that the page speaks. */
export function chooseLanguage(chosen: string | null, preferred: readonly string[]): Language {
  for (const tag of [chosen ?? '', ...preferred]) {
    if (/^zh\b/i.test(tag)) return 'zh'
    if (/^en\b/i.test(tag)) return 'en'
  }
  return 'en'
}
