import { DatabaseSync } from 'node:sqlite'

/** All entries of a log that are in the table, at once: for tests, whose logs are short. */
export function wholeLog(path: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const rows = database.prepare('select text from event order by seq').all()
    return rows.map(({ text }) => String(text))
  } finally {
    database.close()
  }
}
