import { UnstyledButton } from '@mantine/core'
import { useEffect, useId, useRef } from 'react'
import type { SimilarCases } from '../desk/desk-state.ts'
import { useSpeech } from '../language/speech.tsx'
import { SimilarRecords, showsDifferences } from '../record/record-view.tsx'
import type { Nearest, Review } from '../reviews.ts'
import { Said } from './notices.tsx'

/** Labelled records like the case, behind a button: nobody has to look at them, and looking decides nothing. */
export function SimilarView({
  similar,
  record,
  onToggle,
}: {
  similar: SimilarCases
  record: Review['record']
  onToggle: () => void
}) {
  const { say } = useSpeech()
  const panel = useId()
  const isOpen = similar.kind !== 'closed'
  const section = useRef<HTMLElement>(null)
  useEffect(() => {
    if (similar.kind === 'open') section.current?.scrollIntoView({ block: 'nearest' })
  }, [similar])
  return (
    <section ref={section} className="similar" aria-label={say.similar.heading}>
      <UnstyledButton
        className="similar-toggle"
        aria-expanded={isOpen}
        aria-controls={panel}
        onClick={onToggle}
      >
        <span className="similar-mark" aria-hidden="true" />
        {say.similar.heading}
      </UnstyledButton>
      <div id={panel} hidden={!isOpen} aria-live="polite">
        {similar.kind === 'opening' && <p className="similar-lead">{say.similar.opening}</p>}
        {similar.kind === 'refused' && (
          <p className="similar-lead">
            <Said {...similar.problem} />
          </p>
        )}
        {similar.kind === 'open' && <Examples examples={similar.examples} record={record} />}
      </div>
    </section>
  )
}

function Examples({ examples, record }: { examples: Nearest['examples']; record: Review['record'] }) {
  const { say } = useSpeech()
  const { lead, differences, none } = say.similar
  if (examples.length === 0) return <p className="similar-lead">{none}</p>
  return (
    <>
      <p className="similar-lead">
        {lead} {showsDifferences(record) && differences}
      </p>
      <SimilarRecords examples={examples} record={record} />
    </>
  )
}
