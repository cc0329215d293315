import { useSpeech } from '../language/speech.tsx'

/** Nobody waits: why that is good, and that nothing needs to be pressed. */
export function EmptyView() {
  const { say } = useSpeech()
  return (
    <section className="quiet">
      <svg className="quiet-rings" viewBox="0 0 30 20" aria-hidden="true">
        <circle cx="10" cy="10" r="7.5" />
        <circle cx="20" cy="10" r="7.5" />
      </svg>
      <h1>{say.empty.heading}</h1>
      <p className="lead">{say.empty.lead}</p>
      <p className="watching">{say.empty.watching}</p>
    </section>
  )
}
