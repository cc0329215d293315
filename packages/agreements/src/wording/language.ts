import type { Text } from '@consort/protocol'
import { chinese } from './chinese.ts'
import { english } from './english.ts'
import type { Wording } from './wording.ts'

export type Language = keyof Text

export const wordingOf: Readonly<Record<Language, Wording>> = { en: english, zh: chinese }
