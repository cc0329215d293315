import { type EventTables, entriesAfter } from './event-log.ts'
import { openPostgres } from './postgres/open-postgres.ts'

/** How many entries are fetched at once. */
const pageEntries = 1000

/** All entries of the log in the PostgreSQL database at a URL, also while a process writes to it: in memory at once. */
export async function readServerLog(url: string): Promise<string[]> {
  const database = openPostgres<EventTables>(url)
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
