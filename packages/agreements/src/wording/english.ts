import { firstEnglish } from './first/english.ts'
import type { Wording } from './wording.ts'

/** The second edition says which text holds; all else it says as the first. */
export const english = {
  ...firstEnglish,
  language: {
    title: 'Language',
    prevails: {
      en: 'Where the English and the Chinese text differ, the English text holds.',
      zh: 'Where the English and the Chinese text differ, the Chinese text holds.',
      neither:
        'The English and the Chinese text count alike. Where they differ, both are read together, by the purpose in clause 2.',
    },
    edition: edition =>
      `The standard sentences of these terms are those of edition ${edition} of Consort’s wording, in both languages.`,
  },
} satisfies Wording
