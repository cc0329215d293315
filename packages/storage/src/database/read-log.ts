import { type EventTables, entriesAfter, readEventLog } from './event-log.ts'
import type { DatabasePlace } from './open-database.ts'
import { openPostgres } from './postgres/open-postgres.ts'

/** How many entries are fetched at once. */
const pageEntries = 1000

/** All entries of the log in a database, also while another process writes to it. Throws `not-found` for a file. */
export async function readLog(place: DatabasePlace): Promise<string[]> {
  if ('file' in place) return readEventLog(place.file)
  const database = openPostgres<EventTables>(place.url)
  try {
    const entries: string[] = []
    for (;;) {
      const page = await entriesAfter(database, entries.length, pageEntries)
      entries.push(...page)
      if (page.length < pageEntries) return entries
    }
  } finally {
    await database.destroy()
  }
}
