import { createContext, useContext } from 'react'
import type { Language } from '../language/language.ts'
import { punctuationOf } from '../language/punctuation.ts'
import type { Review } from '../reviews.ts'

/** What fields, their values and classes mean by the agreement; null where it says nothing, and the code is all. */
export interface Meanings {
  readonly field: (name: string) => string | null
  readonly value: (field: string, cell: string) => string | null
  readonly class: (name: string) => string | null
}

/** Reads the meanings out of the schema of a case. A number field has its unit behind its meaning. */
export function meaningsIn(schema: Review['schema'], language: Language): Meanings {
  const { open, close } = punctuationOf[language]
  const fields = new Map(schema?.fields.map(field => [field.name, field]))
  const labels = new Map(schema?.label.codes.map(({ code, meaning }) => [code, meaning[language]]))
  return {
    field: name => {
      const field = fields.get(name)
      if (field === undefined) return null
      const hasUnit = field.kind === 'number' && field.unit !== '1'
      return field.meaning[language] + (hasUnit ? `${open}${field.unit}${close}` : '')
    },
    value: (name, cell) => {
      const field = fields.get(name)
      if (field?.kind !== 'category') return null
      return field.codes.find(({ code }) => code === cell)?.meaning[language] ?? null
    },
    class: name => labels.get(name) ?? null,
  }
}

export const MeaningsContext = createContext<Meanings>(meaningsIn(undefined, 'en'))

export const useMeanings = (): Meanings => useContext(MeaningsContext)
