import { Button, Kbd, Progress } from '@mantine/core'
import { useEffect, useRef } from 'react'
import type { CaseScreen } from '../desk/desk-state.ts'
import { formatShare } from '../language/format.ts'
import { punctuationOf } from '../language/punctuation.ts'
import { useSpeech } from '../language/speech.tsx'
import { useMeanings } from '../record/meanings.ts'
import type { Review } from '../reviews.ts'
import { Reasons } from './reasons.tsx'

/** The agent’s suggestion beside the expert’s answer, and the one button that ends the case. */
export function SuggestionView({
  suggestion,
  firstAnswer,
  screen: { marked, sending, review },
  onEnter,
}: {
  suggestion: NonNullable<Review['suggestion']>
  firstAnswer: string
  screen: CaseScreen
  onEnter: () => void
}) {
  const { say, language } = useSpeech()
  const { suggestion: words } = say
  const meanings = useMeanings()
  const named = (name: string): string => meanings.class(name) ?? name
  const { comma, gap } = punctuationOf[language]
  const share = formatShare(suggestion.confidence, language)
  const threshold = suggestion.threshold === null ? null : formatShare(suggestion.threshold, language)
  const agrees = suggestion.class === firstAnswer
  const panel = useRef<HTMLElement>(null)
  const keep = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    panel.current?.scrollIntoView({ block: 'nearest' }) // returns a promise in some browsers
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the mark moves, Enter shall mean this button
  useEffect(() => {
    keep.current?.focus({ preventScroll: true })
  }, [marked])
  const kept = marked ?? firstAnswer
  return (
    <section ref={panel} className="suggestion">
      <dl className="opinions">
        <dt>{words.yours}</dt>
        <dd>{named(firstAnswer)}</dd>
        <dt>{words.agents}</dt>
        <dd>
          {named(suggestion.class)}
          <span className="share">{words.confidence(share)}</span>
        </dd>
      </dl>
      <Progress value={suggestion.confidence * 100} color="var(--accent)" size="sm" aria-hidden="true" />
      <p className={agrees ? 'verdict' : 'verdict verdict-against'}>
        {agrees ? `✓ ${words.agree}` : `≠ ${words.disagree}`}
      </p>
      {suggestion.partner && (
        <p className="partner">
          {words.partner(
            suggestion.partner.name,
            named(suggestion.partner.class),
            formatShare(suggestion.partner.confidence, language),
          )}
        </p>
      )}
      <Reasons suggestion={suggestion} record={review.record} />
      <p className="why">
        {words.why[suggestion.reason](threshold)}
        {suggestion.among.length > 1 ? `${gap}${words.among(suggestion.among.map(named).join(comma))}` : null}
      </p>
      <Button
        ref={keep}
        size="md"
        fullWidth
        data-disabled={sending !== null || undefined}
        onClick={onEnter}
        rightSection={<Kbd aria-hidden="true">Enter</Kbd>}
      >
        {sending !== null
          ? say.sending
          : kept === firstAnswer
            ? words.keep(named(kept))
            : words.change(named(kept))}
      </Button>
      <p className="no-undo">{words.noUndo}</p>
    </section>
  )
}
