import { secureRoundContext } from '@consort/federation'
import { planModel } from '@consort/train'
import type { HubTransaction } from '../../context.ts'
import type { MemberWithCard } from '../../members.ts'
import { partnersOf, rosterOf } from '../../roster.ts'
import { openAttempt } from '../../sums/attempt.ts'
import { type RunRecord, versionWeights } from '../run-record.ts'

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
    values: planModel(run.recipe).layout.size,
    members: of.members.map(({ id, name, card }) => ({
      name,
      key: keyOf(id),
      examples: card!.trainExamples,
    })),
    partners: partnersOf(roster),
  })
  await openAttempt(transaction, context, null)
}
