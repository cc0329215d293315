import type { Language } from './language.ts'

/**
 * What stands between the items of a list, after a sentence that has no stop of its own, between sentences, and around
 * what is added to a word.
 */
export const punctuationOf = {
  en: { comma: ', ', stop: '.', gap: ' ', open: ' (', close: ')' },
  zh: { comma: '、', stop: '。', gap: '', open: '（', close: '）' },
} as const satisfies Record<Language, Record<'comma' | 'stop' | 'gap' | 'open' | 'close', string>>
