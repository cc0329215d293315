import { digestOfContext, type RoundContext } from '../round-context.ts'
import { conflict, type Participant } from './participant.ts'

/**
 * Whether a node may take part in an attempt, by the attempts at the same (run, round) that it has kept. Returns the
 * kept state to go on with when it is the very attempt that the last one was, undefined for a new one, which takes new
 * keys. Throws `state-conflict` when the node has opened shares for this round (it needs a new round, since two sums
 * over the same updates give differences), when an attempt is shown with another context than before, or an old one
 * comes up again.
 */
export function findAttempt(earlier: readonly Participant[], context: RoundContext): Participant | undefined {
  const digest = digestOfContext(context)
  const ofRound = earlier.filter(
    ({ context: { run, round } }) => run === context.run && round === context.round,
  )
  const latest = ofRound.toSorted((a, b) => b.context.attempt - a.context.attempt)[0]
  if (latest?.digest === digest) return latest
  if (ofRound.some(({ stage }) => stage === 'unmasked'))
    conflict('This node has opened its shares for this round', 'Start a new round.')
  if (latest !== undefined && latest.context.attempt >= context.attempt)
    conflict(
      latest.context.attempt === context.attempt
        ? 'The hub showed this node another context under the same attempt'
        : 'A later attempt at this round has begun',
      'Start a new attempt.',
    )
  return undefined
}
