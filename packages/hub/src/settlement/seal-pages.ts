import { setImmediate } from 'node:timers/promises'
import { makePage } from '@consort/agreements'
import { digestOfDocument } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { LogOwner } from '../log/log-owner.ts'
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'
import { countSealed, insertPage } from './usage-page-store.ts'
import { putOnPage, type SettledMonth, unsealedUsage } from './usage-store.ts'

/**
 * Puts all events of a month that are on no page on new pages, each in a transaction of its own with a turn for
 * everyone else after it. When it was interrupted, the next call goes on.
 */
export async function sealPages(
  context: LogOwner & { readonly database: HubDatabase },
  of: SettledMonth,
): Promise<void> {
  while (await context.database.transaction().execute(transaction => sealPage(context, transaction, of)))
    await setImmediate()
}

/** Returns false when there was nothing to seal. */
async function sealPage(context: LogOwner, transaction: HubTransaction, of: SettledMonth): Promise<boolean> {
  const events = await unsealedUsage(transaction, of)
  if (events.length === 0) return false
  const { pages } = await countSealed(transaction, of)
  const page = makePage({ ...of, number: pages + 1 }, events)
  await insertPage(transaction, page)
  await putOnPage(transaction, of, page)
  const { agreement, month, number, count } = page
  const body = { page: digestOfDocument(page), agreement, month, number, events: count }
  await appendEvent(context, transaction, { kind: 'usage-page-sealed', body })
  return true
}
