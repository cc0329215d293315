import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal } from '@consort/protocol'
import { type Kysely, sql } from 'kysely'
import pg from 'pg'
import { onPostgres } from '../testing/on-postgres.ts'
import { openTables, type TableSetup } from './open-tables.ts'
import { openPostgres } from './postgres/open-postgres.ts'
import type { Migration, SchemaOwner } from './schema-owner.ts'

interface Tables {
  old: { x: number }
  fresh: { x: number }
}

const test = onPostgres()
const table = (name: string): Migration => ({
  name,
  up: ({ schema }) => schema.createTable(name).addColumn('x', 'integer').execute(),
})
const owned = (...migrations: Migration[]): SchemaOwner[] => [{ owner: 'own', migrations }]

interface Opened extends AsyncDisposable {
  readonly database: Kysely<Tables>
  /** Ends with the refusal by which the process would end. */
  readonly taken: Promise<Refusal>
}

/** Opens the tables as a process of a version would that knows these migrations. */
async function open(
  url: string,
  version: string,
  names: readonly string[],
  setup: Partial<TableSetup<Tables>> = {},
): Promise<Opened> {
  await using stack = new AsyncDisposableStack()
  const { promise: taken, resolve: onTaken } = Promise.withResolvers<Refusal>()
  const schemas = owned(...names.map(table))
  const common = { schemas, owner: 'key', version, sharing: 'replicas', onTaken } as const
  const database = await openTables<Tables>(stack, { url }, { ...common, ...setup })
  const opened = stack.move()
  return { database, taken, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

const tablesOf = async (database: Kysely<Tables>): Promise<string[]> =>
  (await database.introspection.getTables()).map(({ name }) => name).sort()

test('a newer version is refused while a replica of an older one serves, with both versions', async server => {
  const url = await server.createDatabase()
  const older = await open(url, '1.0.0', ['old'])
  const refused = { code: 'directory-locked', message: /Consort 1\.1\.0.*Consort 1\.0\.0/, hint: /[Ss]top/ }
  await assert.rejects(open(url, '1.1.0', ['old', 'fresh']), refused)
  await assert.rejects(open(url, '1.1.0', ['old']), refused)
  assert.ok(!(await tablesOf(older.database)).includes('fresh'))
  await older.database.insertInto('old').values({ x: 1 }).execute()
  await older[Symbol.asyncDispose]()
  await using newer = await open(url, '1.1.0', ['old', 'fresh'])
  assert.deepEqual(await newer.database.selectFrom('old').selectAll().execute(), [{ x: 1 }])
  const { message } = await refusalOf(open(url, '1.0.0', ['old']))
  assert.match(message, /Consort 1\.1\.0.*Consort 1\.0\.0.*own\/fresh/)
  await using _ = await open(url, '1.1.0', ['old', 'fresh'])
})

async function refusalOf(attempt: Promise<unknown>): Promise<Refusal> {
  const error = await attempt.then(
    () => undefined,
    thrown => thrown,
  )
  assert.ok(error instanceof Refusal, String(error))
  return error
}

test('a replica that lost the server while a newer version came reads and writes nothing any more, and ends', async server => {
  const url = await server.createDatabase()
  await using older = await open(url, '1.0.0', ['old'])
  await older.database.insertInto('old').values({ x: 1 }).execute()
  await server.endOtherConnections()
  const newer = await openOnceFree(url)
  await using _ = newer
  await assert.rejects(older.database.insertInto('old').values({ x: 2 }).execute())
  await assert.rejects(older.database.selectFrom('old').selectAll().execute())
  const { code, message } = await older.taken
  assert.equal(code, 'directory-newer')
  assert.match(message, /Consort 1\.1\.0.*Consort 1\.0\.0/)
  assert.deepEqual(await newer.database.selectFrom('old').selectAll().execute(), [{ x: 1 }])
})

/** The older one tries to come back at the same time: whoever is first keeps the other out. */
async function openOnceFree(url: string): Promise<Opened> {
  const administrator = openPostgres(url)
  try {
    for (;;) {
      const newer = await open(url, '1.1.0', ['old', 'fresh']).catch(() => undefined)
      if (newer) return newer
      const others = sql`select pg_terminate_backend(pid) from pg_stat_activity
        where pid <> pg_backend_pid() and datname = current_database()`
      await others.execute(administrator)
    }
  } finally {
    await administrator.destroy()
  }
}

test('a database that is for one process alone takes a second one when the first has ended', async server => {
  const url = await server.createDatabase()
  const first = await open(url, '1.0.0', ['old'], { sharing: 'alone' })
  const refused = { code: 'directory-locked', message: /another process/i }
  await assert.rejects(open(url, '1.0.0', ['old'], { sharing: 'alone', aloneMs: 100 }), refused)
  await first[Symbol.asyncDispose]()
  await using _ = await open(url, '1.0.0', ['old'], { sharing: 'alone' })
})

/** A process of its own that takes the step `fresh` half way: it writes, says so, and hangs in a statement or without one. */
async function halfWay(url: string, hang: string) {
  const here = JSON.stringify(new URL('./open-tables.ts', import.meta.url).href)
  const program = `
    import { openTables } from ${here}
    const table = name => ({ name, up: ({ schema }) => schema.createTable(name).addColumn('x', 'integer').execute() })
    const fresh = {
      name: 'fresh',
      async up(database) {
        await database.schema.createTable('fresh').addColumn('x', 'integer').execute()
        await database.insertInto('old').values({ x: 7 }).execute()
        console.log('half way')
        ${hang}
      },
    }
    const schemas = [{ owner: 'own', migrations: [table('old'), fresh] }]
    const setup = { schemas, owner: 'key', version: '1.0.0', sharing: 'replicas', onTaken() {} }
    await openTables(new AsyncDisposableStack(), { url: ${JSON.stringify(url)} }, setup)
  `
  const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return {
    child,
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

const hangs = {
  'between two statements': 'await new Promise(resolve => setInterval(() => {}, 1000))',
  'in a statement of an hour':
    "await database.executeQuery({ sql: 'select pg_sleep(3600)', parameters: [], query: { kind: 'RawNode' } })",
}

async function assertFinished(url: string): Promise<void> {
  await using next = await open(url, '1.0.0', ['old', 'fresh'])
  assert.deepEqual(await next.database.selectFrom('old').selectAll().execute(), [])
  assert.deepEqual(await next.database.selectFrom('fresh').selectAll().execute(), [])
}

for (const [where, hang] of Object.entries(hangs)) {
  test(`a migration whose process is killed ${where} leaves no trace, and the next start takes it`, async server => {
    const url = await server.createDatabase()
    const killed = await halfWay(url, hang)
    if (hang.includes('pg_sleep')) await untilAsleep(url)
    await killed.kill()
    await assertFinished(url)
  })
}

async function untilAsleep(url: string): Promise<void> {
  const administrator = openPostgres(url)
  const asleep = sql`select 1 from pg_stat_activity
    where state = 'active' and query = 'select pg_sleep(3600)' and datname = current_database()`
  while ((await asleep.execute(administrator)).rows.length === 0) {}
  await administrator.destroy()
}

test('a migration whose process and server are killed leaves no trace, and the next start takes it', async server => {
  const url = await server.createDatabase()
  const killed = await halfWay(url, hangs['between two statements'])
  await Promise.all([server.kill(), killed.kill()])
  await server.start()
  await assertFinished(url)
})

test('a start that waits for a migration which hangs ends with the reason, and names who holds it up', async server => {
  const url = await server.createDatabase()
  const hung = await halfWay(url, hangs['between two statements'])
  const { code, message, hint } = await refusalOf(
    open(url, '1.0.0', ['old', 'fresh'], { patience: { lockMs: 100 } }),
  )
  assert.equal(code, 'busy')
  assert.match(message, /another process.*consort \d.*process \d+ of the server/i)
  assert.match(hint ?? '', /end/)
  await hung.kill()
  await assertFinished(url)
})

test('what a process that stands still in a transaction has locked is free in the end', async server => {
  const url = await server.createDatabase()
  await using first = await open(url, '1.0.0', ['old'])
  const limit = async (database: Kysely<Tables>): Promise<string> => {
    const { rows } = await sql<{ idle_in_transaction_session_timeout: string }>`
      show idle_in_transaction_session_timeout`.execute(database)
    return rows[0]!.idle_in_transaction_session_timeout
  }
  assert.equal(await limit(first.database), '1min')
})

test('processes that start at once on a fresh database serve it together', async server => {
  const url = await server.createDatabase()
  const opened = await Promise.all([1, 2, 3].map(() => open(url, '1.0.0', ['old', 'fresh'])))
  await Promise.all(opened.map(({ database }) => database.insertInto('fresh').values({ x: 1 }).execute()))
  assert.equal((await opened[0]!.database.selectFrom('fresh').selectAll().execute()).length, 3)
  for (const one of opened) await one[Symbol.asyncDispose]()
})

test('a process waits for another one whose migration is about to let go of the database', async server => {
  const url = await server.createDatabase()
  const first = new pg.Client({ connectionString: url })
  await first.connect()
  // A commit lets go of its locks one by one: the writers' lock may be free before that of presence.
  await first.query(`begin; select pg_advisory_xact_lock(${0x636f_6e75})`)
  const opening = open(url, '1.0.0', ['old'])
  const asked = sql`select 1 from pg_locks where locktype = 'advisory' and objid = ${0x636f_6e73}`
  const watching = openPostgres(url)
  while ((await asked.execute(watching)).rows.length === 0) {}
  await watching.destroy()
  await sleep(100)
  await first.query('commit')
  await first.end()
  await using opened = await opening
  assert.ok((await tablesOf(opened.database)).includes('old'))
})
