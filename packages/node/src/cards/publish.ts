import { setTimeout as sleep } from 'node:timers/promises'
import { type DatasetView, hubEndpoints, Refusal, type SignedFieldStatistics } from '@consort/protocol'
import {
  findByCard,
  findCurrent,
  listUnpublished,
  markPublished,
  type RegisteredDataset,
} from '../datasets/dataset-store.ts'
import { currentAgreement } from '../hub/agreements.ts'
import type { Patience } from '../hub/promptly.ts'
import { isPassing } from '../hub/retry.ts'
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
 * Tells the hub every card that it has not acknowledged yet. One that it refuses is logged, and keeps the node from
 * nothing else. Throws `unreachable` and other refusals that may pass.
 */
export async function publishAll(context: CardContext): Promise<void> {
  for (const row of await listUnpublished(context.database)) {
    try {
      await tell(context, row)
    } catch (error) {
      if (!(error instanceof Refusal) || isPassing(error)) throw error
      context.log.warn({ dataset: row.dataset, code: error.code, message: error.message }, 'card-refused')
    }
  }
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
