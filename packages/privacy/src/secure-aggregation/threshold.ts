import { aggregationMembersMax, Refusal } from '@consort/protocol'

/** Below this many partners there is nobody to hide among. */
export const membersMin = 4
/** Over how many honest partners a sum has to be, at least (T). */
export const honestMin = 3
/**
 * Everybody deals shares to everybody: n² envelopes. Beyond this the graph would have to be sparse (Bell et al. 2020).
 */
export const membersMax = aggregationMembersMax

/**
 * How many of n partners must stay to the end: t = ⌊2n/3⌋ + 1. At most n − t may drop out of a round, counted over all
 * of its stages together (n = 4: 1, n = 10: 3).
 *
 * Why two thirds: to open a partner's input a hub needs t opened shares of its mask key and t of its self-mask, and an
 * honest partner opens one of the two only, for the one survivor list that it signed. Two lists with t signatures each
 * take 2t ≤ (n − c) + 2c of n − c honest and c colluding partners, so c < 2t − n excludes them.
 */
export function thresholdOf(members: number): number {
  return Math.floor((2 * members) / 3) + 1
}

/** Throws `not-allowed` for fewer than four partners or more than a hundred. */
export function checkCohort(members: number): void {
  if (members < membersMin) {
    throw new Refusal('not-allowed', `Secure aggregation among ${members} partners would keep no secret`, {
      hint: 'Of a sum over two, each knows the other part; of a sum over three, two that talk know the third. Two or three partners can train with differential privacy at each node, which does not depend on the number of partners, or can agree that the hub sees their updates.',
    })
  }
  if (members > membersMax) {
    throw new Refusal('not-allowed', `Secure aggregation among ${members} partners is not supported yet`, {
      hint: `Every pair shares a key; the most is ${membersMax}. Draw fewer partners for each round.`,
    })
  }
}
