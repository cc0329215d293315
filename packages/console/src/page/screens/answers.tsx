import { Kbd, UnstyledButton } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { type CaseScreen, stageOf } from '../desk/desk-state.ts'
import { keysOf } from '../keyboard/class-keys.ts'
import { useSpeech } from '../language/speech.tsx'
import { useMeanings } from '../record/meanings.ts'
import { Meant } from '../record/meant.tsx'

/** The classes with their keys. Before the first answer the focus follows the mark of the arrows. */
export function Answers({ screen, onChoose }: { screen: CaseScreen; onChoose: (name: string) => void }) {
  const { say } = useSpeech()
  const meanings = useMeanings()
  const { review, marked, sending } = screen
  const keys = keysOf(review.classes)
  const markedButton = useRef<HTMLButtonElement>(null)
  const isFirst = stageOf(review) === 'first'
  useEffect(() => {
    if (isFirst && marked !== null) markedButton.current?.focus()
  }, [isFirst, marked])
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a grid everywhere
    <div role="group" aria-label={say.answers} className={`answers ${shapeOf(review.classes)}`}>
      {review.classes.map((name, index) => {
        const key = keys[index] ?? null
        return (
          <UnstyledButton
            key={name}
            ref={name === marked ? markedButton : null}
            className="answer"
            aria-pressed={name === marked}
            aria-disabled={sending !== null}
            aria-keyshortcuts={key ?? undefined}
            onClick={() => onChoose(name)}
          >
            <span className="answer-name">
              <Meant code={name} meaning={meanings.class(name)} />
            </span>
            {key !== null && key !== name.toLowerCase() && <Kbd aria-hidden="true">{key}</Kbd>}
          </UnstyledButton>
        )
      })}
    </div>
  )
}

/** Short names stand five in a row, many names two. */
function shapeOf(classes: readonly string[]): string {
  if (classes.every(name => name.length <= 2)) return 'answers-short'
  return classes.length > 6 ? 'answers-many' : ''
}
