import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { emptyChain, verifyEntries } from '@consort/agreements'
import { SqliteAdapter } from 'kysely'
import { onPostgres } from '../../testing/on-postgres.ts'
import type { PostgresServer } from '../../testing/postgres-server.ts'
import { appendEvent, chainHead, type EventTables, entriesAfter, eventSchema } from '../event-log.ts'
import { migrate } from '../migrate.ts'
import { openTables } from '../open-tables.ts'
import { openPostgres } from '../postgres/open-postgres.ts'
import type { SchemaOwner } from '../schema-owner.ts'
import { openSqlite } from '../sqlite.ts'
import { moveDatabase } from './move-database.ts'

interface Tables extends EventTables {
  shelf: { name: string }
  item: { id: number | undefined; shelf: string; price: number | null; octets: Uint8Array | null }
}

const test = onPostgres()
const owner = 'key-of-a'
const shopSchema: SchemaOwner = {
  owner: 'shop',
  migrations: [
    {
      name: 'shelf',
      async up({ schema }) {
        await schema
          .createTable('shelf')
          .addColumn('name', 'text', column => column.primaryKey())
          .execute()
        await schema
          .createTable('item')
          .addColumn('id', 'integer', column => column.primaryKey().autoIncrement())
          .addColumn('shelf', 'text', column => column.notNull().references('shelf.name'))
          .addColumn('price', 'double precision')
          .addColumn('octets', 'blob')
          .execute()
      },
    },
  ],
}
const schemas = [eventSchema, shopSchema]
const itemsMax = 10_000

function open(stack: AsyncDisposableStack, place: { file: string } | { url: string; insteadOf?: string }) {
  return openTables<Tables>(stack, place, { schemas, owner, sharing: 'replicas', onTaken: assert.fail })
}

/** A file with a log, a shelf of many items of which the last one was sold, and a database to move to. */
async function prepared(context: TestContext, server: PostgresServer) {
  const folder = mkdtempSync(join(tmpdir(), 'consort-move-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'hub.sqlite')
  await using stack = new AsyncDisposableStack()
  const database = await open(stack, { file })
  await database
    .insertInto('shelf')
    .values([{ name: 'ä\n' }, { name: 'b' }])
    .execute()
  const item = (index: number) => ({
    id: undefined,
    shelf: index % 2 ? 'ä\n' : 'b',
    price: index % 3 ? null : index / 7,
    octets: index % 5 ? null : Uint8Array.of(index, 0),
  })
  for (let from = 0; from <= itemsMax; from += 1000)
    await database
      .insertInto('item')
      .values(Array.from({ length: 1000 }, (_, index) => item(from + index)))
      .execute()
  await database.deleteFrom('item').where('id', '>', itemsMax).execute()
  const log = { key: { publicKey: owner }, now: () => new Date(0) }
  for (const index of [1, 2, 3])
    await database.transaction().execute(trx => appendEvent(log, trx, { kind: 'tick', body: { index } }))
  return { file, url: await server.createDatabase(), log }
}

const everything = async (database: Awaited<ReturnType<typeof open>>) => {
  const items = await database.selectFrom('item').selectAll().orderBy('id').execute()
  const shelves = await database.selectFrom('shelf').selectAll().orderBy('name').execute()
  return {
    shelves: shelves.map(({ name }) => name),
    items: items.map(({ octets, ...rest }) => ({ ...rest, octets: octets && [...octets] })),
    entries: await entriesAfter(database, 0, 100),
  }
}

async function contentsOf(file: string) {
  const database = openSqlite<Tables>(file)
  const found = await everything(database)
  await database.destroy()
  return found
}

test('all rows are moved as they were, counting goes on, and the log too', async (server, context) => {
  const { file, url, log } = await prepared(context, server)
  const before = await contentsOf(file)
  const moved = await moveDatabase({ file, url, schemas, owner })
  assert.deepEqual(moved, { kind: 'moved', tables: 4, rows: itemsMax + 2 + 3 })
  assert.deepEqual(await contentsOf(file), before, 'the file keeps what it had')

  await using stack = new AsyncDisposableStack()
  const database = await open(stack, { url, insteadOf: file })
  assert.deepEqual(await everything(database), before)
  const next = { id: undefined, shelf: 'b', price: null, octets: null }
  const { id } = await database.insertInto('item').values(next).returning('id').executeTakeFirstOrThrow()
  assert.equal(id, itemsMax + 1001, 'no number is given out twice')
  await database.transaction().execute(trx => appendEvent(log, trx, { kind: 'tick', body: { index: 4 } }))
  const entries = await entriesAfter(database, 0, 100)
  assert.deepEqual(verifyEntries(emptyChain(owner), entries), await chainHead(database, owner))
})

test('after a move the file is refused, by this version and by those before it', async (server, context) => {
  const { file, url } = await prepared(context, server)
  await moveDatabase({ file, url, schemas, owner })
  await using stack = new AsyncDisposableStack()
  await assert.rejects(open(stack, { file }), {
    code: 'state-conflict',
    message: /moved to the database/,
    hint: /CONSORT_DATABASE_URL/,
  })
  const asOlderVersionsSee = openSqlite(file)
  await assert.rejects(migrate(asOlderVersionsSee, schemas), { code: 'directory-newer' })
  await asOlderVersionsSee.destroy()
  assert.deepEqual(await moveDatabase({ file, url, schemas, owner }), { kind: 'was-moved' })
  const elsewhere = await server.createDatabase()
  await assert.rejects(moveDatabase({ file, url: elsewhere, schemas, owner }), { code: 'state-conflict' })
})

test('a database that is not empty is refused, and the file can be opened as before', async (server, context) => {
  const { file, url } = await prepared(context, server)
  const other = openPostgres(url)
  await other.schema.createTable('mine').addColumn('x', 'integer').execute()
  await assert.rejects(moveDatabase({ file, url, schemas, owner }), {
    code: 'state-conflict',
    message: /not empty/,
  })
  assert.deepEqual(
    (await other.introspection.getTables()).map(({ name }) => name),
    ['mine'],
  )
  await other.destroy()
  await using stack = new AsyncDisposableStack()
  await open(stack, { file })
})

test('a row that the server does not take stops the move: nothing of it stays, and the file opens', async (server, context) => {
  const { file, url } = await prepared(context, server)
  const source = openSqlite<Tables>(file)
  await source.insertInto('shelf').values({ name: 'no text of PostgreSQL: \0' }).execute()
  await source.destroy()
  await assert.rejects(moveDatabase({ file, url, schemas, owner }), /invalid byte sequence/)
  const target = openPostgres(url)
  assert.deepEqual(await target.introspection.getTables(), [])
  await target.destroy()
  await using stack = new AsyncDisposableStack()
  await open(stack, { file })
})

test('a move whose server dies is done again; until then neither the file nor the empty database is opened', async (server, context) => {
  const { file, url } = await prepared(context, server)
  const dying: SchemaOwner = {
    owner: 'dying',
    migrations: [
      {
        name: 'dies',
        up: async database => {
          if (!(database.getExecutor().adapter instanceof SqliteAdapter)) await server.kill()
        },
      },
    ],
  }
  await assert.rejects(moveDatabase({ file, url, schemas: [...schemas, dying], owner }), { code: 'busy' })
  await server.start()
  await using stack = new AsyncDisposableStack()
  await assert.rejects(open(stack, { file }), { code: 'state-conflict' })
  await assert.rejects(open(stack, { url, insteadOf: file }), {
    code: 'state-conflict',
    hint: /database move/,
  })
  assert.equal((await moveDatabase({ file, url, schemas, owner })).kind, 'moved')
  await open(stack, { url, insteadOf: file })
})
