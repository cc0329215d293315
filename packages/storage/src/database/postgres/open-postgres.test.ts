import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { onPostgres } from '../../testing/on-postgres.ts'
import type { PostgresServer } from '../../testing/postgres-server.ts'
import { migrate } from '../migrate.ts'
import type { Migration } from '../schema-owner.ts'
import { isDatabaseAway } from './is-database-away.ts'
import { openPostgres } from './open-postgres.ts'

interface Tables {
  counter: { name: string; value: number }
}

const test = onPostgres()

const schema = (taken: string[] = []) => ({
  owner: 'counters',
  migrations: [
    {
      name: 'counter',
      async up(database) {
        taken.push('counter')
        await database.schema
          .createTable('counter')
          .addColumn('name', 'text', column => column.primaryKey())
          .addColumn('value', 'integer', column => column.notNull())
          .execute()
      },
    } satisfies Migration,
  ],
})

/** Several processes would each open the database so. */
async function openReplicas(server: PostgresServer, count: number) {
  const url = await server.createDatabase()
  const replicas = Array.from({ length: count }, () => openPostgres<Tables>(url))
  return Object.assign(replicas, {
    [Symbol.asyncDispose]: async () => void (await Promise.all(replicas.map(replica => replica.destroy()))),
  })
}

test('replicas that start at once take each migration once', async server => {
  await using replicas = await openReplicas(server, 4)
  const taken: string[] = []
  await Promise.all(replicas.map(replica => migrate(replica, [schema(taken)])))
  assert.deepEqual(taken, ['counter'])
})

test('of several replicas one writes at a time: no addition is lost', async server => {
  await using replicas = await openReplicas(server, 3)
  await migrate(replicas[0]!, [schema()])
  await replicas[0]!.insertInto('counter').values({ name: 'a', value: 0 }).execute()
  const add = (replica: number) =>
    replicas[replica]!.transaction().execute(async trx => {
      const { value } = await trx.selectFrom('counter').select('value').executeTakeFirstOrThrow()
      await trx
        .updateTable('counter')
        .set({ value: value + 1 })
        .execute()
    })
  await Promise.all(Array.from({ length: 60 }, (_, index) => add(index % 3)))
  assert.equal((await replicas[0]!.selectFrom('counter').selectAll().executeTakeFirst())?.value, 60)
})

test('a server that dies in mid-transaction has kept nothing of it, and is found again', async server => {
  await using replicas = await openReplicas(server, 1)
  const database = replicas[0]!
  await migrate(database, [schema()])
  await database.insertInto('counter').values({ name: 'kept', value: 1 }).execute()
  const cut = database.transaction().execute(async trx => {
    await trx.insertInto('counter').values({ name: 'lost', value: 1 }).execute()
    await server.kill()
    await trx.insertInto('counter').values({ name: 'late', value: 1 }).execute()
  })
  await assert.rejects(cut)
  await assert.rejects(database.selectFrom('counter').selectAll().execute())
  await server.start()
  const names = (await database.selectFrom('counter').select('name').execute()).map(row => row.name)
  assert.deepEqual(names, ['kept'])
  await database.insertInto('counter').values({ name: 'again', value: 1 }).execute()
})

test('the lock of a writer whose connection is lost is free', async server => {
  await using replicas = await openReplicas(server, 2)
  const [first, second] = [replicas[0]!, replicas[1]!]
  await migrate(first, [schema()])
  const [held, hanging] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const stuck = first.transaction().execute(async trx => {
    await trx.insertInto('counter').values({ name: 'a', value: 1 }).execute()
    held.resolve()
    await hanging.promise
  })
  await held.promise
  await server.endOtherConnections()
  try {
    await second.insertInto('counter').values({ name: 'b', value: 1 }).execute()
    assert.deepEqual(await second.selectFrom('counter').select('name').execute(), [{ name: 'b' }])
  } finally {
    hanging.resolve()
  }
  await assert.rejects(stuck)
})

test('a server that is silent is given up, has kept nothing of a transaction, and is found again', async server => {
  const database = openPostgres<Tables>(await server.createDatabase(), { patience: { silentMs: 300 } })
  await migrate(database, [schema()])
  const cut = database.transaction().execute(async trx => {
    await trx.insertInto('counter').values({ name: 'lost', value: 1 }).execute()
    server.pause()
    await trx.insertInto('counter').values({ name: 'late', value: 1 }).execute()
  })
  await assert.rejects(cut, isDatabaseAway)
  const reading = database.selectFrom('counter').selectAll().execute()
  server.resume()
  assert.deepEqual(await reading, [])
  await database.insertInto('counter').values({ name: 'again', value: 1 }).execute()
  await database.destroy()
})

test('a statement that takes too long is ended by the server, and its connection stays', async server => {
  const database = openPostgres<Tables>(await server.createDatabase(), { patience: { statementMs: 100 } })
  await database.connection().execute(async connection => {
    const pid = async () =>
      (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(connection)).rows
    const before = await pid()
    await assert.rejects(sql`select pg_sleep(3600)`.execute(connection), isDatabaseAway)
    assert.deepEqual(await pid(), before)
  })
  await database.destroy()
})
