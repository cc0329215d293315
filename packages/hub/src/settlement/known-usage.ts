import { type Id, Refusal, type SignedUsage, type UsagePage } from '@consort/protocol'
import type { BlobStore } from '@consort/storage'
import type { HubDatabase } from '../tables/hub-tables.ts'
import { readUsageFile } from './usage-file.ts'
import { type ArchivedPage, archivedPages } from './usage-page-store.ts'
import { findUsages, monthOf } from './usage-store.ts'

/** How many archived pages are read for one call: a member cannot make the hub read a whole month. */
export const pagesReadMax = 8

/**
 * Finds which of these events are known already, in rows or on archived pages, and what they say. Throws
 * `state-conflict` where more archived pages would have to be read than one call may ask for; `gone` or
 * `digest-mismatch` for a file that is elsewhere or was changed.
 */
export async function knownUsage(
  { database, blobs }: { readonly database: HubDatabase; readonly blobs: BlobStore },
  events: readonly SignedUsage[],
): Promise<Map<Id<'usage'>, SignedUsage>> {
  const ids = events.map(({ document }) => document.id)
  const known = new Map((await findUsages(database, ids)).map(event => [event.document.id, event]))
  // After the rows: whoever deleted one has noted the file before.
  const unknown = events.filter(({ document }) => !known.has(document.id))
  const pages = await pagesThatMayHave(database, unknown)
  if (pages.length > pagesReadMax) throw tooMany()
  const wanted = new Set(unknown.map(({ document }) => document.id))
  for (const { page, file } of pages) {
    const filled = await readUsageFile(blobs, page, file)
    for (const event of filled.events) if (wanted.has(event.document.id)) known.set(event.document.id, event)
  }
  return known
}

async function pagesThatMayHave(
  database: HubDatabase,
  events: readonly SignedUsage[],
): Promise<ArchivedPage[]> {
  const ofMonth = new Map<string, ArchivedPage[]>()
  const found = new Set<ArchivedPage>()
  for (const { document } of events) {
    const of = { agreement: document.agreement, month: monthOf(document) }
    const name = `${of.agreement} ${of.month}`
    const pages = ofMonth.get(name) ?? (await archivedPages(database, of))
    ofMonth.set(name, pages)
    for (const one of pages) if (mayHave(one.page, document.id)) found.add(one)
  }
  return [...found]
}

/** The ids of a page grow from its first to its last. */
function mayHave({ first, last }: UsagePage, id: Id<'usage'>): boolean {
  return first <= id && id <= last
}

function tooMany(): Refusal {
  return new Refusal('state-conflict', 'These usage events are of months that are settled and archived', {
    hint: 'One event at a time, the hub says whether it knows it.',
  })
}
