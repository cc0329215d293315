import { UnstyledButton } from '@mantine/core'
import type { DeskState } from '../desk/desk-state.ts'
import { useSpeech } from '../language/speech.tsx'

/** Whose page it is, how much waits, and the two switches. */
export function PageHeader({
  state: { screen, waiting, answered },
  onLanguage,
  onSignOut,
}: {
  state: DeskState
  onLanguage: () => void
  onSignOut: () => void
}) {
  const { say, language } = useSpeech()
  const isCounted = screen.name !== 'sign-in' && screen.name !== 'opening'
  return (
    <header className="header">
      <span className="brand">
        <svg className="brand-rings" viewBox="0 0 30 20" aria-hidden="true">
          <circle cx="10" cy="10" r="7.5" />
          <circle cx="20" cy="10" r="7.5" />
        </svg>
        Consort
      </span>
      {isCounted && (
        <span className="counts">
          <strong>{say.waiting(waiting)}</strong>
          <span>{say.answered(answered)}</span>
        </span>
      )}
      <span className="switches">
        <UnstyledButton className="switch" onClick={onLanguage} lang={language === 'en' ? 'zh' : 'en'}>
          {say.otherLanguage}
        </UnstyledButton>
        {screen.name !== 'sign-in' && (
          <UnstyledButton className="switch" onClick={onSignOut}>
            {say.signOut}
          </UnstyledButton>
        )}
      </span>
    </header>
  )
}
