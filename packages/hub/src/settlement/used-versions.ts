import type { Id } from '@consort/protocol'
import type { HubDatabase } from '../tables/hub-tables.ts'
import { archivedSince } from './usage-page-store.ts'
import { isUsedFrom } from './usage-store.ts'

/** Returns true when an answer with a version was told of the month of a moment, or of a later one. */
export async function wasUsedSince(
  database: HubDatabase,
  version: Id<'version'>,
  since: Date,
): Promise<boolean> {
  const month = since.toISOString().slice(0, 'yyyy-mm'.length)
  if (await isUsedFrom(database, version, month)) return true
  const pages = await archivedSince(database, month)
  return pages.some(({ answers }) => answers.some(counted => counted.version === version))
}
