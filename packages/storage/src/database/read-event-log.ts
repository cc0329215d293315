import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { Refusal } from '@consort/protocol'

const entriesAtOnce = 1000

/**
 * All entries of the log in a database file, one after another, also while another process writes to it; only a page of
 * them is held. Each page is read by itself, so that the writer never has to keep what this reader has not seen
 * (entries are only ever added). Throws `not-found` at the first one.
 */
export function* readEventLog(path: string): IteratorObject<string, undefined> {
  if (!existsSync(path)) throw new Refusal('not-found', `There is no event log in ${path}`)
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const page = database.prepare('select seq, text from event where seq > ? order by seq limit ?')
    for (let after = 0; ; ) {
      const rows = page.all(after, entriesAtOnce)
      for (const { text } of rows) yield String(text)
      const last = rows.at(-1)
      if (last === undefined || rows.length < entriesAtOnce) return undefined
      after = Number(last.seq)
    }
  } finally {
    database.close()
  }
}
