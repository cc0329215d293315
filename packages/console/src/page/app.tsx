import { useEffect, useState, useSyncExternalStore } from 'react'
import { announcementOf } from './announcement.ts'
import type { Desk } from './desk/desk.ts'
import type { DeskState } from './desk/desk-state.ts'
import { intentOf } from './keyboard/intent.ts'
import { chooseLanguage, type Language, messagesOf } from './language/language.ts'
import { SpeechContext, useSpeech } from './language/speech.tsx'
import { CaseView } from './screens/case-view.tsx'
import { ClosedView } from './screens/closed-view.tsx'
import { EmptyView } from './screens/empty-view.tsx'
import { Notices } from './screens/notices.tsx'
import { PageHeader } from './screens/page-header.tsx'
import { SignInView } from './screens/sign-in-view.tsx'

const languageName = 'consort-language'

/** The whole page: one screen at a time, and what stands above all of them. */
export function App({ desk }: { desk: Desk }) {
  const state = useSyncExternalStore(desk.subscribe, desk.state)
  const [language, setLanguage] = useState<Language>(() =>
    chooseLanguage(localStorage.getItem(languageName), navigator.languages),
  )
  const say = messagesOf[language]
  useKeyboard(desk)
  useEffect(() => {
    document.documentElement.lang = language
    // Seen from another tab, too.
    document.title = state.waiting > 0 ? `(${state.waiting}) ${say.title}` : say.title
  }, [language, say, state.waiting])
  const switchLanguage = () => {
    const other = language === 'en' ? 'zh' : 'en'
    localStorage.setItem(languageName, other)
    setLanguage(other)
  }
  return (
    <SpeechContext value={{ language, say }}>
      <div className="page">
        <PageHeader state={state} onLanguage={switchLanguage} onSignOut={() => desk.signOut()} />
        <Notices state={state} />
        <main>
          <ScreenView desk={desk} state={state} />
        </main>
      </div>
      <div role="status" className="spoken">
        {announcementOf(state, say, language)}
      </div>
    </SpeechContext>
  )
}

function ScreenView({ desk, state: { screen } }: { desk: Desk; state: DeskState }) {
  const { say } = useSpeech()
  switch (screen.name) {
    case 'sign-in':
      return <SignInView {...screen} onKey={key => desk.signIn(key)} />
    case 'opening':
      return <p className="opening">{say.opening}</p>
    case 'empty':
      return <EmptyView />
    case 'closed':
      return <ClosedView onNext={() => desk.enter()} />
    case 'case':
      return (
        <CaseView
          key={screen.review.id}
          screen={screen}
          onChoose={name => desk.choose(name)}
          onEnter={() => desk.enter()}
          onSimilar={() => desk.toggleSimilar()}
        />
      )
  }
}

/** Keys work wherever the focus is; Enter on a button or in an input means that button or input. */
function useKeyboard(desk: Desk): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target } = event
      if (target instanceof HTMLInputElement) return
      // Held down, Enter would click whatever gets the focus next.
      if (event.key === 'Enter' && event.repeat) return event.preventDefault()
      if (event.key === 'Enter' && target instanceof HTMLButtonElement) return
      const { screen } = desk.state()
      const intent = intentOf(event, screen.name === 'case' ? screen.review.classes : [])
      if (intent === null || (screen.name !== 'case' && intent.kind !== 'enter')) return
      event.preventDefault()
      if (intent.kind === 'class') desk.choose(intent.class)
      else if (intent.kind === 'move') desk.move(intent.by)
      else desk.enter()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [desk])
}
