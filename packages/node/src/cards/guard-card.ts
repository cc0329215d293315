import { pureLoss } from '@consort/privacy'
import { Refusal } from '@consort/protocol'
import { listOfRecords, type RegisteredDataset } from '../datasets/dataset-store.ts'
import type { Side } from '../datasets/noised-counts.ts'
import { checkLedgers, witnessMark } from '../ledgers/mark.ts'
import { findReleaseOf } from '../ledgers/release-store.ts'
import { type Reservation, reserveRelease, settleRelease } from '../ledgers/reserve.ts'
import type { NoisedCounts } from '../tables/noised-counts.ts'
import type { CardContext } from './context.ts'
import { scaleFor } from './noised-counts.ts'

/**
 * Before a card is told: its counts carry the noise that the policy wants, and what they may tell is set aside where
 * the records have a budget. Each side is charged to its own units, since a record is on one of them only; a person
 * with records on both is charged twice. The noise was drawn before, so that a card which is told again, or whose
 * numbers were told by an earlier one, costs nothing. Throws `policy-refused` for a card that was made under a milder
 * policy, and as `GuardedRecords` and `reserveRelease` do.
 */
export async function guardCard(context: CardContext, row: RegisteredDataset): Promise<Reservation> {
  const wanted = scaleFor(context.policy.read().privacy, row.dataset)
  const { noised } = row
  if (wanted !== undefined && (noised?.scale ?? 0) < wanted) throw tooPlain(row.dataset)
  const releases: string[] = []
  if (noised) {
    for (const side of ['train', 'evaluation'] as const) {
      const release = await reserveSide(context, row, noised, side)
      if (release !== undefined) releases.push(release)
    }
  }
  return {
    async settle(transaction) {
      for (const release of releases) await settleRelease(context, transaction, release)
    },
  }
}

/** The release that a side's count is charged to; undefined when it costs nothing. */
async function reserveSide(
  context: CardContext,
  row: RegisteredDataset,
  noised: NoisedCounts,
  side: Side,
): Promise<string | undefined> {
  const { examples, drawnFor } = noised[side]
  if (examples === 0) return undefined
  const task = `${drawnFor} ${side}`
  const before = await findReleaseOf(context.database, task)
  if (before?.isSettled || (!before && (await isTold(context, row, drawnFor, side)))) return undefined
  if (before) {
    await witnessMark(context)
    await checkLedgers(context)
    return before.release
  }
  const policy = context.policy.read().privacy
  const guarded = await context.guarded.of(row.id, { policy, side })
  if (!guarded) return undefined
  const { release } = await reserveRelease(
    context,
    guarded,
    {
      task: { id: task, run: drawnFor, round: 1, card: row.id, withinMs: 0 },
      what: 'counts',
      lossOf: records => pureLoss(records / noised.scale),
    },
    new AbortController().signal, // whoever publishes tries once, and again later
  )
  return release
}

/**
 * Returns true when the hub knows this number from another card: then nothing is told that was not told without a
 * budget.
 */
async function isTold(
  { database }: Pick<CardContext, 'database'>,
  { digest }: RegisteredDataset,
  drawnFor: string,
  side: Side,
): Promise<boolean> {
  const known = await listOfRecords(database, digest)
  return known.some(({ isPublished, noised }) => isPublished && noised?.[side].drawnFor === drawnFor)
}

function tooPlain(dataset: string): Refusal {
  return new Refusal(
    'policy-refused',
    `The counts on the card of ${dataset} carry less noise than \`privacy.cardEpsilon\` in policy.yaml wants`,
    { hint: 'Register the data set again: its new card follows the policy that there is now.' },
  )
}
