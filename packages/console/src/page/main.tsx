import './without-eval.ts'
import '@mantine/core/styles/baseline.css'
import '@mantine/core/styles/default-css-variables.css'
import '@mantine/core/styles/global.css'
import '@mantine/core/styles/UnstyledButton.css'
import '@mantine/core/styles/Button.css'
import '@mantine/core/styles/Input.css'
import '@mantine/core/styles/Kbd.css'
import '@mantine/core/styles/Progress.css'
import '@mantine/core/styles/Table.css'
import './styles/colours.css'
import './styles/frame.css'
import './styles/case.css'
import './styles/suggestion.css'
import './styles/similar.css'
import './styles/quiet.css'
import './styles/widths.css'
import { MantineProvider } from '@mantine/core'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { Desk } from './desk/desk.ts'
import { openKeyStore } from './key-store.ts'
import { openReviews } from './reviews.ts'

const desk = new Desk({
  keys: openKeyStore(window),
  openReviews: key =>
    openReviews(key, (address, init) =>
      fetch(address, { ...init, cache: 'no-store', credentials: 'omit', redirect: 'error' }),
    ),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms)
      signal.addEventListener('abort', () => {
        clearTimeout(timer)
        reject(signal.reason)
      })
    }),
})
desk.start()
// A link with another key, opened in this tab.
window.addEventListener('hashchange', () => {
  if (window.location.hash.startsWith('#key=')) desk.start()
})

// Mantine’s own style elements would need 'unsafe-inline'; its style sheets say the same.
createRoot(document.getElementById('page')!).render(
  <StrictMode>
    <MantineProvider defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <App desk={desk} />
    </MantineProvider>
  </StrictMode>,
)
