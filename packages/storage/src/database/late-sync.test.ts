import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { type Kysely, sql } from 'kysely'
import { createGroupCommit } from './group-commit.ts'
import { openLateSync } from './late-sync.ts'
import { openSqlite } from './sqlite.ts'

interface Tables {
  note: { id: number }
}

const neverFails = (error: unknown): void => assert.fail(String(error))

async function openNotes(path: string): Promise<Kysely<Tables>> {
  const database = openSqlite<Tables>(path)
  await database.schema
    .createTable('note')
    .ifNotExists()
    .addColumn('id', 'integer', column => column.primaryKey())
    .execute()
  return database
}

const idsIn = async (database: Kysely<Tables>): Promise<number[]> =>
  (await database.selectFrom('note').select('id').orderBy('id').execute()).map(({ id }) => id)

/** What a loss of power leaves: the files as they were at the last sync, read by another process. */
async function afterPowerLoss(left: string): Promise<number[]> {
  const database = openSqlite<Tables>(left)
  const ids = await idsIn(database)
  await database.destroy()
  return ids
}

/** Adds notes and looks after each what a loss of power would leave; `acknowledges` says when a note counts as kept. */
async function keptThroughPowerLosses(acknowledges: 'after the sync' | 'before it'): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'consort-late-sync-'))
  const [path, left] = [join(folder, 'db'), join(folder, 'left')]
  const database = await openNotes(path)
  const pending: Promise<void>[] = []
  const snapshot = async (logPath: string): Promise<void> => {
    await new Promise(resolve => setImmediate(resolve))
    copyFileSync(path, left)
    copyFileSync(logPath, `${left}-wal`)
    rmSync(`${left}-shm`, { force: true })
  }
  await snapshot(`${path}-wal`)
  const syncLog = (logPath: string): Promise<void> => {
    const syncing = snapshot(logPath)
    pending.push(syncing)
    return acknowledges === 'after the sync' ? syncing : Promise.resolve()
  }
  const late = openLateSync(database, { onFailedSync: neverFails, syncLog })
  let isKept = true
  for (let id = 1; id <= 5; id++) {
    await late.transaction(transaction => transaction.insertInto('note').values({ id }).execute())
    isKept &&= (await afterPowerLoss(left)).includes(id)
    await Promise.all(pending)
  }
  await late[Symbol.asyncDispose]()
  await database.destroy()
  rmSync(folder, { recursive: true })
  return isKept
}

test('what a transaction has written is on disk when it ends; ending before the sync would be noticed', async () => {
  assert.equal(await keptThroughPowerLosses('after the sync'), true)
  assert.equal(await keptThroughPowerLosses('before it'), false)
})

test('other transactions sync as before, and a failed one leaves nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'consort-late-sync-'))
  const database = await openNotes(join(folder, 'db'))
  const late = openLateSync(database, { onFailedSync: neverFails })
  const synchronous = async () =>
    (await sql<{ synchronous: number }>`pragma synchronous`.execute(database)).rows[0]!.synchronous
  await late.transaction(transaction => transaction.insertInto('note').values({ id: 1 }).execute())
  assert.equal(await synchronous(), 2)
  const failing = late.transaction(async transaction => {
    await transaction.insertInto('note').values({ id: 2 }).execute()
    throw new Error('no')
  })
  await assert.rejects(failing, /no/)
  assert.deepEqual([await synchronous(), await idsIn(database)], [2, [1]])
  await late[Symbol.asyncDispose]()
  await database.destroy()
  rmSync(folder, { recursive: true })
})

test('a database in memory needs no disk', async () => {
  const database = await openNotes(':memory:')
  await using late = openLateSync(database, { onFailedSync: neverFails })
  await late.transaction(transaction => transaction.insertInto('note').values({ id: 7 }).execute())
  assert.deepEqual(await idsIn(database), [7])
})

test('transactions that come while the disk is busy share the next sync, and none shares the present one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'consort-late-sync-'))
  const database = await openNotes(join(folder, 'db'))
  const gates: (() => void)[] = []
  const late = openLateSync(database, {
    onFailedSync: neverFails,
    syncLog: () => new Promise(resolve => gates.push(resolve)),
  })
  const done: number[] = []
  const add = (id: number) =>
    late
      .transaction(transaction => transaction.insertInto('note').values({ id }).execute())
      .then(() => done.push(id))
  const committed = async (count: number) => {
    while ((await idsIn(database)).length < count) await new Promise(resolve => setImmediate(resolve))
    await new Promise(resolve => setImmediate(resolve))
  }
  const all = [add(1)]
  await committed(1)
  all.push(add(2), add(3))
  await committed(3)
  assert.deepEqual([gates.length, done], [1, []])
  gates[0]!()
  await all[0]
  await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual([gates.length, done], [2, [1]])
  gates[1]!()
  await Promise.all(all)
  assert.deepEqual(done, [1, 2, 3])
  await database.destroy()
  rmSync(folder, { recursive: true })
})

test('after a failed sync nothing is acknowledged, and nothing is written any more', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'consort-late-sync-'))
  const database = await openNotes(join(folder, 'db'))
  let fails = 1
  const ends: unknown[] = []
  const late = openLateSync(database, {
    onFailedSync: error => void ends.push(error),
    syncLog: async () => {
      if (fails-- > 0) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
    },
  })
  const group = createGroupCommit<number, number>(
    ids =>
      late.transaction(async transaction => {
        for (const id of ids) await transaction.insertInto('note').values({ id }).execute()
        return ids
      }),
    { itemsMax: 32 },
  )
  const said = await Promise.allSettled([group.keep(1), group.keep(2)])
  assert.deepEqual(
    said.map(one => one.status === 'rejected' && one.reason.code),
    ['EIO', 'EIO'],
  )
  await assert.rejects(group.keep(3), /EIO/)
  assert.deepEqual(await idsIn(database), [1, 2])
  assert.equal(ends.length, 1)
  await late[Symbol.asyncDispose]()
  await database.destroy()
  rmSync(folder, { recursive: true })
})
