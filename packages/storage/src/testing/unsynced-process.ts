import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLateSync } from '../database/late-sync.ts'
import { openSqlite } from '../database/sqlite.ts'
import { endOnFailedSync } from '../files/failed-sync.ts'

/** Writes to a database whose log cannot be synced, and says of each write that it was acknowledged. It ends before. */
const folder = mkdtempSync(join(tmpdir(), 'consort-unsynced-'))
process.on('exit', () => rmSync(folder, { recursive: true }))
const database = openSqlite<{ note: { id: number } }>(join(folder, 'db'))
await database.schema.createTable('note').addColumn('id', 'integer').execute()
const late = openLateSync(database, {
  onFailedSync: endOnFailedSync({ fatal: (_, message) => console.log(message) }),
  syncLog: async () => {
    throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
  },
})
for (const id of [1, 2]) {
  await late
    .transaction(transaction => transaction.insertInto('note').values({ id }).execute())
    .catch(() => console.log('refused'))
  console.log('acknowledged')
}
