import { useSpeech } from '../language/speech.tsx'
import { useMeanings } from '../record/meanings.ts'
import { textOf } from '../record/record-view.tsx'
import type { Review } from '../reviews.ts'

/** The features that moved the agent most: in words, and as bars to the left (against) or right (for) of a middle. */
export function Reasons({
  suggestion,
  record,
}: {
  suggestion: NonNullable<Review['suggestion']>
  record: Review['record']
}) {
  const { say } = useSpeech()
  const meanings = useMeanings()
  const said = meanings.class(suggestion.class) ?? suggestion.class
  const { because } = suggestion
  if (because.length === 0) return null
  const largest = Math.max(...because.map(({ change }) => Math.abs(change)))
  return (
    <div className="reasons">
      <h2>{say.suggestion.because}</h2>
      <ul>
        {because.map(({ field, change }) => {
          const cell = textOf(record, field)
          const width = largest === 0 ? 0 : (Math.abs(change) / largest) * 50
          const isFor = change >= 0
          return (
            <li key={field}>
              <span>
                <strong>{meanings.field(field) ?? field}</strong>{' '}
                {cell !== null && <span className="reason-value">{meanings.value(field, cell) ?? cell}</span>}{' '}
                {isFor ? say.suggestion.speaksFor(said) : say.suggestion.speaksAgainst(said)}
              </span>
              <span className="signed-bar" aria-hidden="true">
                <span
                  className={isFor ? 'bar-for' : 'bar-against'}
                  style={{ width: `${width}%`, left: isFor ? '50%' : `${50 - width}%` }}
                />
              </span>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
