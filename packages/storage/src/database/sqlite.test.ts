import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { sql } from 'kysely'
import { openSqlite } from './sqlite.ts'

function temporary(): { path: string; [Symbol.dispose]: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'consort-storage-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

test('commits are synced: the settings that say so are on', async () => {
  using directory = temporary()
  const database = openSqlite(join(directory.path, 'db'))
  const setting = async (name: string) =>
    (await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(database)).rows[0]![name]
  assert.equal(await setting('journal_mode'), 'wal')
  assert.equal(await setting('synchronous'), 2)
  assert.equal(await setting('foreign_keys'), 1)
  await database.destroy()
})
