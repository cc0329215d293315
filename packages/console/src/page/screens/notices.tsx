import { heldAnswer } from '../announcement.ts'
import type { DeskState } from '../desk/desk-state.ts'
import { useSpeech } from '../language/speech.tsx'

/** What stands above any screen: that the node is away, or that the last answer was kept. */
export function Notices({ state }: { state: DeskState }) {
  const { say } = useSpeech()
  const { away, kept } = state
  return (
    <div className="notices">
      {away !== null && (
        <div className="notice notice-away">
          <strong>{say.away.heading}</strong> {heldAnswer(state, say)} {say.away.retrying}
          {away.problem !== null && <Said {...away.problem} />}
        </div>
      )}
      {away === null && kept !== null && <div className="notice notice-kept">✓ {say.kept(kept)}</div>}
    </div>
  )
}

/** The node’s own words, which are English. */
export function Said({ detail, hint }: { detail: string; hint?: string | undefined }) {
  const sentence = /[.!?]$/.test(detail) ? detail : `${detail}.`
  return (
    <span className="said" lang="en">
      {hint === undefined ? sentence : `${sentence} ${hint}`}
    </span>
  )
}
