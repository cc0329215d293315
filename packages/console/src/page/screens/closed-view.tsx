import { Button, Kbd } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { useSpeech } from '../language/speech.tsx'

/** Stands between two cases, so that a stroke meant for the one is not taken for the other. */
export function ClosedView({ onNext }: { onNext: () => void }) {
  const { say } = useSpeech()
  const next = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    next.current?.focus()
  }, [])
  return (
    <section className="quiet">
      <h1>{say.closed.heading}</h1>
      <p className="lead">{say.closed.lead}</p>
      <Button ref={next} size="md" onClick={onNext} rightSection={<Kbd>Enter</Kbd>}>
        {say.closed.next}
      </Button>
    </section>
  )
}
