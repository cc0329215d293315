import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import test from 'node:test'
import { type Kysely, sql } from 'kysely'
import { openSqlite } from './sqlite.ts'

async function openNumbers(): Promise<Kysely<{ number: { id: number } }>> {
  const database = openSqlite<{ number: { id: number } }>(':memory:')
  await database.schema.createTable('number').addColumn('id', 'integer').execute()
  return database
}

/** How many promises are made while so many queries wait for each other. */
async function promisesFor(queries: number): Promise<number> {
  const database = await openNumbers()
  let promises = 0
  const hook = createHook({ init: (_, type) => void (type === 'PROMISE' && promises++) })
  hook.enable()
  await Promise.all(
    Array.from({ length: queries }, () => database.selectFrom('number').selectAll().execute()),
  )
  hook.disable()
  await database.destroy()
  return promises
}

test('what a query costs does not grow with the number of those that wait', async () => {
  await promisesFor(10)
  const [few, many] = [await promisesFor(100), await promisesFor(800)]
  assert.ok(many < 10 * few, `${few} promises for 100 queries, ${many} for 800`)
})

test('the connection is lent in the order in which it was asked for, also after a failure', async () => {
  const database = await openNumbers()
  const done: string[] = []
  const note = (name: string) => () => void done.push(name)
  const first = database
    .transaction()
    .execute(transaction => transaction.insertInto('number').values({ id: 1 }).execute())
    .then(note('transaction'))
  const failing = sql`no such thing`.execute(database).then(() => assert.fail('it fails'), note('failed'))
  const waiting = [1, 2, 3].map(id =>
    database
      .selectFrom('number')
      .where('id', '=', id)
      .selectAll()
      .execute()
      .then(note(`waiting ${id}`)),
  )
  await Promise.all([first, failing, ...waiting])
  assert.deepEqual(done, ['transaction', 'failed', 'waiting 1', 'waiting 2', 'waiting 3'])
  await database.destroy()
})
