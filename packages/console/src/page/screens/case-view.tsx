import { useEffect, useRef } from 'react'
import { type CaseScreen, stageOf } from '../desk/desk-state.ts'
import { useSpeech } from '../language/speech.tsx'
import { MeaningsContext, meaningsIn } from '../record/meanings.ts'
import { RecordView } from '../record/record-view.tsx'
import { Answers } from './answers.tsx'
import { CaseAge } from './case-age.tsx'
import { HelpLine } from './help-line.tsx'
import { Said } from './notices.tsx'
import { SimilarView } from './similar-view.tsx'
import { SuggestionView } from './suggestion-view.tsx'

/** One case: the record beside the answers, then the suggestion below the answers. */
export function CaseView({
  screen,
  onChoose,
  onEnter,
  onSimilar,
}: {
  screen: CaseScreen
  onChoose: (name: string) => void
  onEnter: () => void
  onSimilar: () => void
}) {
  const { say, language } = useSpeech()
  const { review, refused } = screen
  const heading = useRef<HTMLHeadingElement>(null)
  const beganAt = useRef(stageOf(review))
  useEffect(() => {
    if (beganAt.current === 'final') return // opened again: the suggestion takes the focus
    window.scrollTo(0, 0)
    heading.current?.focus({ preventScroll: true })
  }, [])
  return (
    <MeaningsContext value={meaningsIn(review.schema, language)}>
      <article className="case" aria-busy={screen.sending !== null}>
        <div className="case-head">
          <p className="asks">
            {say.asks(review.agent)} · <CaseAge asked={review.asked} />
          </p>
          <h1 ref={heading} tabIndex={-1}>
            {say.question}
          </h1>
        </div>
        <RecordView record={review.record} because={review.suggestion?.because ?? []} />
        <div className="decision">
          <Answers screen={screen} onChoose={onChoose} />
          {refused !== null && (
            <div className="notice notice-away">
              <strong>{say.notTaken}</strong> <Said {...refused} />
            </div>
          )}
          {review.suggestion !== null && review.firstAnswer !== null && (
            <SuggestionView
              suggestion={review.suggestion}
              firstAnswer={review.firstAnswer}
              screen={screen}
              onEnter={onEnter}
            />
          )}
          {review.suggestion !== null && (
            <SimilarView similar={screen.similar} record={review.record} onToggle={onSimilar} />
          )}
        </div>
        <HelpLine stage={stageOf(review)} classes={review.classes} />
      </article>
    </MeaningsContext>
  )
}
