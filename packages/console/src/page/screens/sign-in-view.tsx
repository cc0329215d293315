import type { Problem } from '@consort/protocol/browser'
import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useSpeech } from '../language/speech.tsx'
import { Said } from './notices.tsx'

/** One input: the key. What was typed stays while the node is asked. */
export function SignInView({
  trying,
  refused,
  onKey,
}: {
  trying: boolean
  refused: Problem | null
  onKey: (key: string) => void
}) {
  const { say } = useSpeech()
  const [key, setKey] = useState('')
  return (
    <form
      className="sign-in"
      onSubmit={event => {
        event.preventDefault()
        if (key.trim() !== '') onKey(key.trim())
      }}
    >
      <p className="lead">{say.signIn.tagline}</p>
      <h1>{say.signIn.heading}</h1>
      <p className="lead">{say.signIn.lead}</p>
      <TextInput
        label={say.signIn.key}
        value={key}
        onChange={event => setKey(event.currentTarget.value)}
        error={
          refused !== null && (
            <>
              {say.signIn.refused} <Said {...refused} />
            </>
          )
        }
        placeholder="ck_…"
        size="md"
        autoComplete="off"
        spellCheck={false}
        autoFocus
      />
      <Button type="submit" size="md" data-disabled={trying || undefined}>
        {say.signIn.enter}
      </Button>
    </form>
  )
}
