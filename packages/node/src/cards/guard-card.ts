import { pureLoss } from '@consort/privacy'
import { Refusal } from '@consort/protocol'
import { createOneAtATime, type OneAtATime } from '../concurrency/one-at-a-time.ts'
import type { NodeContext } from '../context.ts'
import { type NoisedCounts, noisedOf, type Side } from '../datasets/noised-counts.ts'
import { guardedData } from '../ledgers/guarded-data.ts'
import { checkLedgers, witnessMark } from '../ledgers/mark.ts'
import { type Reservation, reserveRelease, settleRelease } from '../ledgers/reserve.ts'
import type { DatasetRow } from '../tables/node-tables.ts'
import { scaleFor } from './noised-counts.ts'

/** By the node's database: the loop and the operator may publish the same card at once, and it is charged once. */
const queues = new WeakMap<object, OneAtATime>()

/**
 * Before a card is told: its counts carry the noise that the policy wants, and what they may tell is set aside where the records
 * have a budget. Each side is charged to its own units, since a record is on one of them only; a person with records on both is charged
 * twice. The noise was drawn before, so that a card which is told again, or whose numbers were told by an earlier one, costs nothing.
 * Throws `policy-refused` for a card that was made under a milder policy, and as `guardedData` and `reserveRelease` do.
 */
export async function guardCard(context: NodeContext, row: DatasetRow): Promise<Reservation> {
  const wanted = scaleFor(context.policy.read().privacy, row.dataset)
  const noised = noisedOf(row)
  if (wanted !== undefined && (noised?.scale ?? 0) < wanted) throw tooPlain(row.dataset)
  const releases: string[] = []
  if (noised) {
    const queue = queues.get(context.database) ?? createOneAtATime()
    queues.set(context.database, queue)
    for (const side of ['train', 'evaluation'] as const) {
      const release = await queue(() => reserveSide(context, row, noised, side))
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
  context: NodeContext,
  row: DatasetRow,
  noised: NoisedCounts,
  side: Side,
): Promise<string | undefined> {
  const { examples, drawnFor } = noised[side]
  if (examples === 0) return undefined
  const task = `${drawnFor} ${side}`
  const before = await context.database
    .selectFrom('privacy_release')
    .select(['release', 'settled'])
    .where('task', '=', task)
    .executeTakeFirst()
  if (before?.settled === 1 || (!before && (await isTold(context, row, drawnFor, side)))) return undefined
  if (before) {
    await witnessMark(context)
    await checkLedgers(context)
    return before.release
  }
  const policy = context.policy.read().privacy
  const guarded = await guardedData(context, row.id, { policy, side })
  if (!guarded) return undefined
  const card = row.id as `crd_${string}`
  const { release } = await reserveRelease(
    context,
    guarded,
    {
      task: { id: task, run: drawnFor, round: 1, card, withinMs: 0 },
      what: 'counts',
      lossOf: records => pureLoss(records / noised.scale),
    },
    new AbortController().signal, // whoever publishes tries once, and again later
  )
  return release
}

/** Whether the hub knows this number from another card: then nothing is told that was not told without a budget. */
async function isTold(
  { database }: NodeContext,
  { digest }: DatasetRow,
  drawnFor: string,
  side: Side,
): Promise<boolean> {
  const rows = await database
    .selectFrom('dataset')
    .select('noised')
    .where('digest', '=', digest)
    .where('published', '=', 1)
    .execute()
  return rows.some(row => noisedOf(row)?.[side].drawnFor === drawnFor)
}

function tooPlain(dataset: string): Refusal {
  return new Refusal(
    'policy-refused',
    `The counts on the card of ${dataset} carry less noise than \`privacy.cardEpsilon\` in policy.yaml wants`,
    { hint: 'Register the data set again: its new card follows the policy that there is now.' },
  )
}
