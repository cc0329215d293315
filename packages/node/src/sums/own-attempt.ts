import { findAttempt, type Participant, type RoundContext } from '@consort/privacy'
import { Refusal } from '@consort/protocol'
import type { KeptSum } from '../tables/kept-sum.ts'

/**
 * Finds the kept state of an attempt to go on with, as `findAttempt` does; undefined for a new one. Throws
 * `state-conflict` as it does, for an attempt of which only that it was is kept, and for a round before that one.
 */
export function ownAttempt(kept: readonly KeptSum[], sum: RoundContext): Participant | undefined {
  const states: Participant[] = []
  for (const one of kept) {
    if (one.stage !== 'over') states.push(one)
    else if (one.context.run !== sum.run || one.context.round < sum.round) continue
    else if (one.context.round > sum.round)
      throw over('A later round of this run ended long ago here', 'Start a new run.')
    else if (one.reached === 'unmasked')
      throw over('This node has opened its shares for this round', 'Start a new round.')
    else if (one.context.attempt >= sum.attempt) {
      throw over('The attempt ended long ago, and its secrets are gone', 'Start a new attempt.')
    }
  }
  return findAttempt(states, sum)
}

function over(message: string, hint: string): Refusal {
  return new Refusal('state-conflict', message, { hint })
}
