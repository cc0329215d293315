import type { Agreement, Text } from '@consort/protocol'
import { chinese } from './chinese.ts'
import { english } from './english.ts'
import { firstChinese } from './first/chinese.ts'
import { firstEnglish } from './first/english.ts'
import type { Wording } from './wording.ts'

export type Language = keyof Text

/** The sentences in which a document is read: those of the edition that it names, and of the first if it names none. */
export function wordingOf({ wording }: Pick<Agreement, 'wording'>, language: Language): Wording {
  return editions[wording ?? 1][language]
}

/** The edition that a new agreement names. */
export const presentEdition = 2 satisfies Agreement['wording']

const editions = {
  1: { en: firstEnglish, zh: firstChinese },
  2: { en: english, zh: chinese },
} satisfies Record<number, Record<Language, Wording>>
