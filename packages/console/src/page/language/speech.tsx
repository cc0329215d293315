import { createContext, useContext } from 'react'
import { english } from './english.ts'
import type { Language } from './language.ts'
import type { Messages } from './messages.ts'

export interface Speech {
  readonly language: Language
  readonly say: Messages
}

/** The language that the page is in, for whatever has something to say. */
export const SpeechContext = createContext<Speech>({ language: 'en', say: english })

export const useSpeech = (): Speech => useContext(SpeechContext)
