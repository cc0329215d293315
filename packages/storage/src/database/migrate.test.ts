import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { Refusal } from '@consort/protocol'
import type { Kysely } from 'kysely'
import { readBookkeeping } from './bookkeeping.ts'
import { migrate } from './migrate.ts'
import type { Migration, SchemaOwner } from './schema-owner.ts'
import { openSqlite } from './sqlite.ts'

interface Tables {
  consort_migration: { owner: string; name: string }
  consort_version: { id: number; version: string }
  first: { x: number }
  second: { x: number }
}

const table = (name: string): Migration => ({
  name,
  up: ({ schema }) => schema.createTable(name).addColumn('x', 'integer').execute(),
})
const owned = (...names: string[]): SchemaOwner[] => [{ owner: 'own', migrations: names.map(table) }]

function temporary(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'consort-migrate-'))
  context.after(() => rmSync(path, { recursive: true }))
  return join(path, 'db')
}

function opened(context: TestContext, path = temporary(context)): Kysely<Tables> {
  const database = openSqlite<Tables>(path)
  context.after(() => database.destroy())
  return database
}

const tablesOf = async (database: Kysely<Tables>): Promise<string[]> =>
  (await database.introspection.getTables()).map(({ name }) => name).sort()

async function refusalOf(attempt: Promise<void>): Promise<Refusal> {
  const error = await attempt.then(
    () => undefined,
    thrown => thrown,
  )
  assert.ok(error instanceof Refusal, String(error))
  assert.equal(error.code, 'directory-newer')
  return error
}

test('the version that opens a database is noted in it, also when there is nothing to migrate', async context => {
  const database = opened(context)
  await migrate(database, owned('first'), '1.2.3')
  assert.deepEqual(await readBookkeeping(database), { migrations: ['own/first'], version: '1.2.3' })
  await migrate(database, owned('first'), '1.2.4')
  assert.deepEqual(await readBookkeeping(database), { migrations: ['own/first'], version: '1.2.4' })
})

test('a database from before versions were noted is opened', async context => {
  const database = opened(context)
  await migrate(database, owned('first'), '1.2.3')
  await database.schema.dropTable('consort_version').execute()
  await migrate(database, owned('first', 'second'), '1.2.3')
  const migrations = ['own/first', 'own/second']
  assert.deepEqual(await readBookkeeping(database), { migrations, version: '1.2.3' })
})

test('a database of a newer version is refused with both versions, and nothing in it changes', async context => {
  const database = opened(context)
  await migrate(database, owned('first', 'second'), '2.0.0')
  const before = [await readBookkeeping(database), await tablesOf(database)]
  for (const known of [owned('first'), owned('first', 'second'), owned('first', 'second', 'third')]) {
    const { message, hint } = await refusalOf(migrate(database, known, '1.9.0'))
    assert.match(message, /Consort 2\.0\.0.*Consort 1\.9\.0/)
    assert.match(hint ?? '', /Consort 2\.0\.0 or a later one.*backup/)
  }
  assert.deepEqual([await readBookkeeping(database), await tablesOf(database)], before)
  await migrate(database, owned('first', 'second'), '2.0.0')
})

test('migrations that are unknown are named, also where no version is', async context => {
  const database = opened(context)
  await migrate(database, owned('first', 'second'), '1.0.0')
  const same = await refusalOf(migrate(database, owned('first'), '1.0.0'))
  assert.match(same.message, /own\/second/)
  await database.schema.dropTable('consort_version').execute()
  const unnamed = await refusalOf(migrate(database, owned('second'), '1.0.0'))
  assert.match(unnamed.message, /did not note its number.*Consort 1\.0\.0.*own\/first/)
  assert.ok(!(await tablesOf(database)).includes('consort_version'))
})

test('a migration whose process is killed half way leaves no trace, and is done by the next one', async context => {
  const path = temporary(context)
  const here = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href)
  const program = `
    import { migrate } from ${here('./migrate.ts')}
    import { openSqlite } from ${here('./sqlite.ts')}
    const first = { name: 'first', up: ({ schema }) => schema.createTable('first').addColumn('x', 'integer').execute() }
    const second = {
      name: 'second',
      async up(database) {
        await database.schema.createTable('second').addColumn('x', 'integer').execute()
        await database.insertInto('first').values({ x: 1 }).execute()
        console.log('half way')
        await new Promise(resolve => setInterval(() => {}, 1000))
      },
    }
    await migrate(openSqlite(${JSON.stringify(path)}), [{ owner: 'own', migrations: [first, second] }], '1.0.0')
  `
  const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')

  const database = opened(context, path)
  const rows = () => database.selectFrom('first').selectAll().execute()
  assert.deepEqual(await tablesOf(database), ['consort_migration', 'consort_version', 'first'])
  assert.deepEqual(await readBookkeeping(database), { migrations: ['own/first'], version: '1.0.0' })
  assert.deepEqual(await rows(), [])
  await migrate(database, owned('first', 'second'), '1.0.0')
  const migrations = ['own/first', 'own/second']
  assert.deepEqual(await readBookkeeping(database), { migrations, version: '1.0.0' })
})
