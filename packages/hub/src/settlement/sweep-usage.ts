import { setImmediate } from 'node:timers/promises'
import { type Digest, digestOfJson, Refusal, type UsagePage } from '@consort/protocol'
import { type BlobStore, rowsAtOnce } from '@consort/storage'
import { agreementSeries } from '../documents/agreement.ts'
import { findDocument } from '../documents/countersigned-store.ts'
import type { HubDatabase } from '../tables/hub-tables.ts'
import { statementAbout } from './statements.ts'
import { writeUsageFile } from './usage-file.ts'
import { fullPages, type KeptPage, monthsWithFullPages, noteEmptied, noteFile } from './usage-page-store.ts'
import { dropFromPage, type SettledMonth, usageOfPage } from './usage-store.ts'

interface UsageArchive {
  readonly database: HubDatabase
  readonly blobs: BlobStore
}

/**
 * Archives the usage events of months that ended before a moment, page by page, if the statement in force names the
 * page: what was never settled stays. The file of a page is synced before it is noted, and noted before one of its rows
 * goes. Throws `digest-mismatch` in the end when the rows of some page were not what was sealed; those stay.
 */
export async function* sweepUsage(archive: UsageArchive, before: Date): AsyncGenerator<number, void> {
  const end = before.toISOString().slice(0, 'yyyy-mm'.length)
  const wrong: UsagePage[] = []
  for (const of of await monthsWithFullPages(archive.database, end)) {
    const named = await settledPages(archive.database, of)
    for (const kept of named.size === 0 ? [] : await fullPages(archive.database, of)) {
      if (!named.has(kept.digest)) continue
      if (kept.file === null && !(await writeDown(archive, kept))) wrong.push(kept.page)
      else yield* dropPage(archive, kept)
      await setImmediate()
    }
  }
  if (wrong.length === 0) return
  const names = wrong.map(({ number, month }) => `${number} of ${month}`).join(', ')
  throw new Refusal('digest-mismatch', `The rows of usage pages are not what was sealed: ${names}`)
}

/** The pages that the statement in force names. One of the first edition names none. */
async function settledPages(database: HubDatabase, of: SettledMonth): Promise<ReadonlySet<Digest>> {
  const agreement = await findDocument(database, agreementSeries, { digest: of.agreement, state: 'in-force' })
  if (!agreement) return new Set()
  const series = statementAbout(of.month, agreement)
  const statement = await findDocument(database, series, { state: 'in-force' })
  return new Set(statement && 'pages' in statement ? statement.pages : [])
}

/** Returns false, and writes nothing, when the rows are not what was sealed. */
async function writeDown({ database, blobs }: UsageArchive, { digest, page }: KeptPage): Promise<boolean> {
  const events = await usageOfPage(database, page, page.number)
  if (digestOfJson(events) !== page.events) return false
  await noteFile(database, digest, await writeUsageFile(blobs, { page, events }))
  return true
}

async function* dropPage(
  { database }: UsageArchive,
  { digest, page }: KeptPage,
): AsyncGenerator<number, void> {
  for (let gone = rowsAtOnce; gone === rowsAtOnce; ) {
    gone = await database.transaction().execute(async transaction => {
      const rows = await dropFromPage(transaction, page, rowsAtOnce)
      if (rows < rowsAtOnce) await noteEmptied(transaction, digest)
      return rows
    })
    yield gone
  }
}
