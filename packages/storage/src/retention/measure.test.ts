import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { migrate } from '../database/migrate.ts'
import { openTestDatabase } from '../testing/open-test-database.ts'
import { measureFolder } from './measure-folder.ts'
import { measureTables } from './measure-tables.ts'
import { noteAlways, type RetentionTables, retentionSchema } from './sweep-store.ts'

test('a table is counted with what it takes and its oldest row; one that is not there is left out', async () => {
  await using database = await openTestDatabase<RetentionTables>()
  await migrate(database, [retentionSchema])
  const measure = () => measureTables(database, [{ name: 'retention', since: 'swept' }, { name: 'nowhere' }])
  const [empty] = await measure()
  assert.deepEqual([empty?.rows, empty?.oldest], [0, null])
  const long = 'x'.repeat(100_000)
  await noteAlways(database, 'later', '2026-02-01')
  await noteAlways(database, long, '2026-01-01')
  const sizes = await measure()
  assert.equal(sizes.length, 1)
  const { rows, oldest, bytes } = sizes[0]!
  assert.deepEqual([rows, oldest], [2, '2026-01-01'])
  assert.ok(bytes! > empty!.bytes!, 'it has grown')
})

test('a folder is counted down to its last file, without what is counted by itself', async context => {
  const folder = mkdtempSync(join(tmpdir(), 'consort-measure-'))
  context.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'log'))
  mkdirSync(join(folder, 'ver_1'))
  writeFileSync(join(folder, 'log', 'a'), '12345')
  writeFileSync(join(folder, 'ver_1', 'b'), '123')
  assert.deepEqual(await measureFolder(folder), { files: 2, bytes: 8 })
  assert.deepEqual(await measureFolder(folder, ['log']), { files: 1, bytes: 3 })
  assert.deepEqual(await measureFolder(join(folder, 'nowhere')), { files: 0, bytes: 0 })
})
