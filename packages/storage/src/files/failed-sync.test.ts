import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { StatementSync } from 'node:sqlite'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { openSqlite } from '../database/sqlite.ts'
import { createLossyFiles } from '../testing/lossy-files.ts'
import { writeDurably } from './durable-write.ts'
import { watchSyncs } from './failed-sync.ts'
import type { FileSystem } from './file-system.ts'

const failing = (code: string) => async (): Promise<void> => {
  throw Object.assign(new Error(`${code}: fsync`), { code })
}

/** What is told while a file is written to a disk some of whose operations fail. */
async function toldWhile(path: string, broken: (files: FileSystem) => FileSystem): Promise<unknown[]> {
  const told: unknown[] = []
  const files = createLossyFiles()
  await files.makeDirectory('/data')
  await files.makeDirectory('/export')
  const watched = watchSyncs(broken(files), '/data', error => void told.push(error))
  await assert.rejects(writeDurably(watched, path, Buffer.from('x')), { code: /EIO|ENOSPC|ENOENT|EMFILE/ })
  return told.map(error => Object(error).code)
}

const fileSync =
  (code: string) =>
  (files: FileSystem): FileSystem => ({
    ...files,
    create: async path => ({ ...(await files.create(path)), sync: failing(code) }),
  })
const directorySync =
  (code: string) =>
  (files: FileSystem): FileSystem => ({ ...files, syncDirectory: failing(code) })

test('a failed sync of a file or a directory is told, where the files are ours', async () => {
  assert.deepEqual(await toldWhile('/data/x', fileSync('EIO')), ['EIO'])
  assert.deepEqual(await toldWhile('/data/x', directorySync('EIO')), ['EIO'])
  assert.deepEqual(await toldWhile('/data/x', directorySync('ENOSPC')), ['ENOSPC'])
  assert.deepEqual(await toldWhile('/data/x', fileSync('ENOSPC')), [])
  assert.deepEqual(await toldWhile('/data/x', directorySync('ENOENT')), [])
  assert.deepEqual(await toldWhile('/data/x', directorySync('EMFILE')), [])
  assert.deepEqual(await toldWhile('/export/x', fileSync('EIO')), [])
  assert.deepEqual(await toldWhile('/export/x', directorySync('EIO')), [])
})

test('a commit that SQLite cannot sync is told before anybody learns of it', async t => {
  const told: unknown[] = []
  const database = openSqlite<{ note: { id: number } }>(':memory:', {
    onFailedSync: error => void told.push(error),
  })
  await database.schema.createTable('note').addColumn('id', 'integer').execute()
  const fail = (errcode: number) => {
    const error = Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode })
    t.mock.method(StatementSync.prototype, 'run', () => {
      throw error
    })
    return error
  }
  const write = () => database.insertInto('note').values({ id: 1 }).execute()
  const unsynced = fail(1034) // SQLITE_IOERR_FSYNC, as seen with an fsync that fails
  await assert.rejects(write(), unsynced)
  assert.deepEqual(told, [unsynced])
  await assert.rejects(write(), fail(266)) // SQLITE_IOERR_READ
  assert.equal(told.length, 1)
  t.mock.restoreAll()
  await database.destroy()
})

test('a process whose log cannot be synced ends, and acknowledges nothing', () => {
  const program = fileURLToPath(new URL('../testing/unsynced-process.ts', import.meta.url))
  const { status, stdout } = spawnSync(process.execPath, ['--conditions=source', program], {
    encoding: 'utf8',
  })
  assert.deepEqual([status, stdout], [74, 'sync-failed\n'])
})
