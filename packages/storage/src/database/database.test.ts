import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { emptyChain, verifyEntries } from '@consort/agreements'
import { sql } from 'kysely'
import { openDataDirectory } from '../directory/data-directory.ts'
import { appendEvent, chainHead, type EventTables, entriesAfter, eventSchema } from './event-log.ts'
import { migrate } from './migrate.ts'
import type { Migration } from './schema-owner.ts'
import { openSqlite } from './sqlite.ts'

const owner = { key: { publicKey: 'owner' }, now: () => new Date(0) }

function temporary(): { path: string; [Symbol.dispose]: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'consort-storage-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

test('commits are synced: the settings that say so are on', async () => {
  using directory = temporary()
  const database = openSqlite<EventTables>(join(directory.path, 'db'))
  const setting = async (name: string) =>
    (await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(database)).rows[0]![name]
  assert.equal(await setting('journal_mode'), 'wal')
  assert.equal(await setting('synchronous'), 2)
  assert.equal(await setting('foreign_keys'), 1)
  await database.destroy()
})

test('migrations are applied once, in order, and a failed one leaves no trace', async () => {
  using directory = temporary()
  const database = openSqlite<EventTables>(join(directory.path, 'db'))
  const applied: string[] = []
  const step = (name: string): Migration => ({ name, up: async () => void applied.push(name) })
  await migrate(database, [{ owner: 'a', migrations: [step('1')] }])
  await migrate(database, [{ owner: 'a', migrations: [step('1'), step('2')] }])
  assert.deepEqual(applied, ['1', '2'])

  let attempts = 0
  const failing: Migration = {
    name: '3',
    async up(transaction) {
      await transaction.schema.createTable('half').addColumn('x', 'integer').execute()
      attempts += 1
      if (attempts === 1) throw new Error('power')
    },
  }
  const owners = [{ owner: 'a', migrations: [step('1'), step('2'), failing] }]
  await assert.rejects(migrate(database, owners), /power/)
  await migrate(database, owners)
  assert.deepEqual(applied, ['1', '2'])
  assert.equal(attempts, 2)
  await database.destroy()
})

test('events continue their chain across restarts, and vanish with a transaction that fails', async () => {
  using directory = temporary()
  const path = join(directory.path, 'db')
  for (const round of [1, 2]) {
    const database = openSqlite<EventTables>(path)
    await migrate(database, [eventSchema])
    for (let index = 0; index < 3; index++) {
      await database
        .transaction()
        .execute(trx => appendEvent(owner, trx, { kind: 'tick', body: { round, index } }))
    }
    const failed = database.transaction().execute(async trx => {
      await appendEvent(owner, trx, { kind: 'never', body: {} })
      throw new Error('rolled back')
    })
    await assert.rejects(failed, /rolled back/)
    const entries = await entriesAfter(database, 0, 100)
    assert.equal(entries.length, 3 * round)
    assert.deepEqual(verifyEntries(emptyChain('owner'), entries), await chainHead(database, 'owner'))
    await database.destroy()
  }
})

test('a directory is locked while its process lives, and free when it was killed', async () => {
  using directory = temporary()
  const program = `
    import { openDataDirectory } from '${new URL('../directory/data-directory.ts', import.meta.url)}'
    openDataDirectory(${JSON.stringify(directory.path)})
    console.log('locked')
    setInterval(() => {}, 1000)
  `
  const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  assert.throws(() => openDataDirectory(directory.path), { code: 'directory-locked' })
  child.kill('SIGKILL')
  await once(child, 'exit')
  const own = openDataDirectory(directory.path)
  assert.throws(() => openDataDirectory(directory.path), { code: 'directory-locked' })
  own[Symbol.dispose]()
  openDataDirectory(directory.path)[Symbol.dispose]()
})
