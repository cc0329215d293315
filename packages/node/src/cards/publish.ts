import { setTimeout as sleep } from 'node:timers/promises'
import {
  type DatasetView,
  hubEndpoints,
  Refusal,
  type RefusalCode,
  type SignedFieldStatistics,
} from '@consort/protocol'
import {
  findByCard,
  findCurrent,
  listUnpublished,
  markPublished,
  type RegisteredDataset,
} from '../datasets/dataset-store.ts'
import { currentAgreement } from '../hub/agreements.ts'
import type { Patience } from '../hub/promptly.ts'
import { isHubAway, isPassing } from '../hub/retry.ts'
import { mayTellStatistics } from '../ledgers/check-exempt.ts'
import type { CardContext } from './context.ts'
import { guardCard } from './guard-card.ts'

/**
 * Tells the hub a card for somebody who waits, but not for long: what the hub does not take now the outbox tells it
 * later. Throws what `guardCard` does: then the card is not told.
 */
export async function publish(
  context: CardContext,
  row: RegisteredDataset,
  { call, leftMs }: Patience,
): Promise<DatasetView> {
  const telling = tell({ ...context, call }, row).catch(error => {
    if (!isPassing(error)) throw error
  })
  telling.catch(() => {}) // nobody waits for it any more where it takes too long
  await Promise.race([telling, sleep(leftMs(), undefined, { ref: false })])
  return datasetView((await findByCard(context.database, row.id)) ?? row)
}

/**
 * What a hub says of a card itself, which is signed and stays what it is. Other refusals end when a person acts: edits
 * the policy, sets a clock, signs an agreement.
 */
const forGood: ReadonlySet<RefusalCode> = new Set([
  'input-invalid',
  'not-allowed',
  'state-conflict',
  'too-large',
])

/**
 * Tells the hub every card that it has not acknowledged yet. One that is refused is logged once, and sent again only
 * where that may help. No card keeps another from being told, unless the hub cannot be reached: throws `unreachable`
 * at once, and in the end the first of other errors that may pass.
 */
export async function publishAll(context: CardContext): Promise<void> {
  const failures: unknown[] = []
  const { read, unreadable } = await listUnpublished(context.database)
  for (const row of unreadable) noteRefusal(context, row, row.refusal)
  for (const row of read) {
    const before = context.refused.get(row.id)
    if (before && forGood.has(before)) continue
    try {
      await tell(context, row)
    } catch (error) {
      if (isHubAway(error)) throw error
      if (!(error instanceof Refusal) || isPassing(error)) failures.push(error)
      else noteRefusal(context, row, error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

function noteRefusal(
  { refused, log }: CardContext,
  { id, dataset }: Pick<RegisteredDataset, 'id' | 'dataset'>,
  refusal: Refusal,
): void {
  const { code, message, hint } = refusal
  if (refused.get(id) !== code) log.warn({ dataset, code, message, hint }, 'card-refused')
  refused.set(id, code)
}

function tell(context: CardContext, row: RegisteredDataset): Promise<void> {
  return context.tellInTurn(async () => {
    const now = await findCurrent(context.database, row.dataset)
    if (now?.id === row.id && !now.isPublished) await tellNow(context, now)
  })
}

async function tellNow(context: CardContext, row: RegisteredDataset): Promise<void> {
  const guard = await guardCard(context, row)
  await context.call(hubEndpoints.putDataCard, { body: row.signedCard })
  const statistics = row.signedStatistics
  if (statistics && (await mayTell(context, statistics)))
    await context.call(hubEndpoints.putStatistics, { body: statistics })
  await context.database.transaction().execute(async transaction => {
    await markPublished(transaction, row.id)
    await guard.settle(transaction)
  })
}

/**
 * Returns true when the site's policy and the agreement in force let this node tell these statistics: an amendment may
 * have withdrawn it.
 */
async function mayTell(context: CardContext, { document }: SignedFieldStatistics): Promise<boolean> {
  if (!(await mayTellStatistics(context, document.card))) return false
  const agreement = await currentAgreement(context)
  const schema = agreement?.data.find(({ dataset }) => dataset === document.dataset)
  const agreed = new Set(schema?.fields.filter(({ kind }) => kind === 'number').map(({ name }) => name))
  return agreement?.statistics === true && document.fields.every(({ field }) => agreed.has(field))
}

/** What the operator sees of a registered data set. */
export function datasetView(row: RegisteredDataset): DatasetView {
  return {
    card: row.signedCard.document,
    source: row.source,
    registered: row.registered,
    published: row.isPublished,
  }
}
