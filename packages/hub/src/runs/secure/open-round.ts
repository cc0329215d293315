import { secureRoundContext } from '@consort/federation'
import { trainedParts } from '@consort/train'
import { partnersOf, rosterOf } from '../../documents/roster.ts'
import type { MemberWithCard } from '../../members/members-with-cards.ts'
import { openAttempt } from '../../sums/attempt-store.ts'
import type { HubTransaction } from '../../tables/hub-tables.ts'
import type { RunRecord } from '../run-store.ts'
import { versionWeights } from '../version-store.ts'

/** Begins the sum of a round among its members. */
export async function openRound(
  transaction: HubTransaction,
  run: RunRecord,
  of: { round: number; attempt: number; members: readonly MemberWithCard[] },
): Promise<void> {
  const roster = await rosterOf(transaction, run.rosterDigest)
  const keyOf = (id: string) => roster.members.find(member => member.id === id)!.key
  const context = secureRoundContext({
    agreement: run.agreementDigest,
    run: run.id,
    round: of.round,
    attempt: of.attempt,
    weights: await versionWeights(transaction, run.version),
    recipe: run.recipe,
    recipeDigest: run.recipeDigest,
    roster: run.rosterDigest,
    values: trainedParts(run.recipe).layout.size,
    members: of.members.map(({ id, name, card }) => ({
      name,
      key: keyOf(id),
      examples: card!.trainExamples,
    })),
    partners: partnersOf(roster),
  })
  await openAttempt(transaction, run.id, context, null)
}
