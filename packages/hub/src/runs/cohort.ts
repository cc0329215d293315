import { alphaOf, costsOf, drawParticipants, secureCohort } from '@consort/federation'
import { createRandom } from '@consort/protocol'
import { trainingSeed } from '@consort/train'
import type { MemberWithCard } from '../members/members-with-cards.ts'
import type { RoundCandidate } from '../tables/round-candidate.ts'
import type { RunRecord } from './run-store.ts'

/** After this long the hub goes on with those who are there, if they are enough. */
const graceMs = 5000

export type Drawing =
  | { readonly kind: 'drawn'; readonly alpha: number; readonly candidates: readonly RoundCandidate[] }
  | { readonly kind: 'short'; readonly waitingFor: string }

/**
 * Draws the participants of a round among the partners that are there and have the data set. While some who have
 * it are not there, it waits for them for a short time, then goes on if there are enough. `partners` are those of
 * the run's roster: strict secure aggregation takes whole groups of them.
 */
export function drawRound(
  run: RunRecord,
  { members, partners }: { members: readonly MemberWithCard[]; partners: readonly string[] },
  waitedMs: number,
  now: Date,
): Drawing {
  const { federation, dataset, seed } = run.recipe
  const invited = members.filter(
    member => member.role === 'partner' && (run.only?.includes(member.name) ?? true),
  )
  const holders = invited.filter(
    member => (member.card?.trainExamples ?? 0) > 0 && member.card?.role === 'train',
  )
  const there = holders.filter(member => member.online)
  // Less than nothing: the clock was put back since, and nobody knows for how long it has waited.
  const isGraceOver = waitedMs >= graceMs || waitedMs < 0
  const isComplete = there.length === holders.length || isGraceOver
  const cohort = secureCohort(
    there.map(({ name }) => name),
    { roster: run.rosterDigest, partners, recipe: run.recipe },
  )
  const possible = there.filter(({ name }) => cohort.includes(name))
  if (possible.length < federation.partnersMin || !isComplete) {
    return { kind: 'short', waitingFor: describeMissing(dataset, federation.partnersMin, invited, now) }
  }
  const round = run.state.phase === 'selecting' ? run.state.round : 1
  const alpha = alphaOf(federation.alpha, { round, rounds: federation.rounds })
  const costs = costsOf(
    possible.map(member => ({ ...member, member: member.id, examples: member.card!.trainExamples })),
    alpha,
  )
  const random = createRandom(trainingSeed({ seed, round, member: 'selection' }))
  const drawn = drawParticipants(
    costs.map(cost => cost.theta),
    { count: federation.participants ?? possible.length, alpha, uniform: random.uniform },
  )
  const candidates = possible.map((member, index) => ({
    member: member.id,
    name: member.name,
    drawn: drawn.includes(index),
    cost: costs[index]!,
  }))
  return { kind: 'drawn', alpha, candidates }
}

/** e.g. `2 partners with the data set “digits”; there: a; b last called at 10:32; c has not registered it` */
function describeMissing(
  dataset: string,
  needed: number,
  invited: readonly MemberWithCard[],
  now: Date,
): string {
  const details = invited.map(member => {
    if (member.card === null) return `${member.name} has not registered it`
    if (member.card.role !== 'train' || member.card.trainExamples === 0)
      return `${member.name} has it for testing only`
    if (member.online) return `${member.name} is there`
    if (member.lastSeen === null) return `${member.name} has never called`
    const minutes = Math.round((now.getTime() - Date.parse(member.lastSeen)) / 60_000)
    return `${member.name} last called ${minutes === 0 ? 'moments' : `${minutes} min`} ago`
  })
  const who = details.length === 0 ? 'nobody is enrolled' : details.join('; ')
  return `${needed} ${needed === 1 ? 'partner' : 'partners'} with the data set “${dataset}”: ${who}`
}
