import assert from 'node:assert/strict'
import { after, before, test as testCase } from 'node:test'
import { engineMissing } from '../../testing/engines.ts'
import { type PostgresServer, startPostgres } from '../../testing/postgres-server.ts'
import { migrate } from '../migrate.ts'
import type { Migration } from '../schema-owner.ts'
import { openPostgres } from './open-postgres.ts'

interface Tables {
  counter: { name: string; value: number }
}

let server: PostgresServer
const skip = engineMissing('postgres')
const test = (what: string, body: () => Promise<void>) => testCase(what, { skip }, body)
before(async () => {
  if (!skip) server = await startPostgres()
})
after(() => server?.[Symbol.asyncDispose]())

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
async function openReplicas(count: number) {
  const url = await server.createDatabase()
  const replicas = Array.from({ length: count }, () => openPostgres<Tables>(url))
  return Object.assign(replicas, {
    [Symbol.asyncDispose]: async () => void (await Promise.all(replicas.map(replica => replica.destroy()))),
  })
}

test('replicas that start at once take each migration once', async () => {
  await using replicas = await openReplicas(4)
  const taken: string[] = []
  await Promise.all(replicas.map(replica => migrate(replica, [schema(taken)])))
  assert.deepEqual(taken, ['counter'])
})

test('of several replicas one writes at a time: no addition is lost', async () => {
  await using replicas = await openReplicas(3)
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

test('a server that dies in mid-transaction has kept nothing of it, and is found again', async () => {
  await using replicas = await openReplicas(1)
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

test('the lock of a writer whose connection is lost is free', async () => {
  await using replicas = await openReplicas(2)
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
