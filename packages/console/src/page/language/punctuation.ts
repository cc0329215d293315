import type { Language } from './language.ts'

/** What stands between the items of a list, after a sentence that has no stop of its own, and between sentences. */
export const punctuationOf = {
  en: { comma: ', ', stop: '.', gap: ' ' },
  zh: { comma: '、', stop: '。', gap: '' },
} as const satisfies Record<Language, Record<'comma' | 'stop' | 'gap', string>>
