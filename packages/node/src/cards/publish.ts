import {
  type DatasetView,
  hubEndpoints,
  isRefusal,
  Refusal,
  type SignedDataCard,
  type SignedFieldStatistics,
} from '@consort/protocol'
import type { NodeContext } from '../context.ts'
import { currentAgreement } from '../hub/agreements.ts'
import { isPassing } from '../hub/retry.ts'
import { mayTellStatistics } from '../ledgers/check-exempt.ts'
import type { Reservation } from '../ledgers/reserve.ts'
import type { DatasetRow } from '../tables/node-tables.ts'
import { guardCard } from './guard-card.ts'
/** Tells the hub a card. A hub that cannot be reached is told later. Throws what `guardCard` does: then the card is not told. */
export async function publish(context: NodeContext, row: DatasetRow): Promise<DatasetView> {
  if (row.published === 1) return datasetView(row)
  let guard: Reservation
  try {
    guard = await guardCard(context, row)
    await context.call(hubEndpoints.putDataCard, { body: JSON.parse(row.signed_card) })
    if (row.signed_statistics && (await mayTell(context, JSON.parse(row.signed_statistics))))
      await context.call(hubEndpoints.putStatistics, { body: JSON.parse(row.signed_statistics) })
  } catch (error) {
    if (isRefusal(error, 'unreachable')) return datasetView(row)
    throw error
  }
  await context.database.transaction().execute(async transaction => {
    await transaction.updateTable('dataset').set({ published: 1 }).where('id', '=', row.id).execute()
    await guard.settle(transaction)
  })
  return datasetView({ ...row, published: 1 })
}

/** Whether the site's policy and the agreement in force let this node tell these statistics: an amendment may have withdrawn it. */
async function mayTell(context: NodeContext, { document }: SignedFieldStatistics): Promise<boolean> {
  if (!(await mayTellStatistics(context, document.card))) return false
  const agreement = await currentAgreement(context)
  const schema = agreement?.data.find(({ dataset }) => dataset === document.dataset)
  const agreed = new Set(schema?.fields.filter(({ kind }) => kind === 'number').map(({ name }) => name))
  return agreement?.statistics === true && document.fields.every(({ field }) => agreed.has(field))
}

/**
 * Tells the hub every card that it has not acknowledged yet. One that it refuses is logged, and keeps the node from
 * nothing else. Throws `unreachable`.
 */
export async function publishAll(context: NodeContext): Promise<void> {
  const rows = await context.database
    .selectFrom('dataset')
    .selectAll()
    .where('current', '=', 1)
    .where('published', '=', 0)
    .execute()
  for (const row of rows) {
    try {
      await publish(context, row)
    } catch (error) {
      if (!(error instanceof Refusal) || isPassing(error)) throw error
      context.log.warn({ dataset: row.dataset, code: error.code, message: error.message }, 'card-refused')
    }
  }
}

export function datasetView(row: DatasetRow): DatasetView {
  return {
    card: (JSON.parse(row.signed_card) as SignedDataCard).document,
    source: JSON.parse(row.source),
    registered: row.registered,
    published: row.published === 1,
  }
}
