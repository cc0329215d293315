import assert from 'node:assert/strict'
import { after, before, test as testCase } from 'node:test'
import { emptyChain, verifyEntries } from '@consort/agreements'
import { sql } from 'kysely'
import { openLocalBlobs } from '../blobs/local-blobs.ts'
import { localFiles } from '../files/local-files.ts'
import { readLog } from '../log/read-log.ts'
import { type Engine, engineMissing, engineNames, startEngine } from '../testing/engines.ts'
import { claimDatabase } from './claim-database.ts'
import { appendEvent, chainHead, type EventTables, entriesAfter, eventSchema } from './event-log.ts'
import { migrate } from './migrate.ts'
import { openDatabase } from './open-database.ts'
import { openForReading } from './open-for-reading.ts'
import type { Migration } from './schema-owner.ts'

const noBlobs = openLocalBlobs(localFiles, '/nowhere')
const owner = { key: { publicKey: 'owner' }, now: () => new Date(0) }

interface ShopTables {
  item: { id: string; count: number; price: number | null; octets: Uint8Array | null }
  counter: { id: number | undefined; name: string }
}

const shopSchema = {
  owner: 'shop',
  migrations: [
    {
      name: 'shop',
      async up({ schema }) {
        await schema
          .createTable('item')
          .addColumn('id', 'text', column => column.primaryKey())
          .addColumn('count', 'integer', column => column.notNull())
          .addColumn('price', 'double precision')
          .addColumn('octets', 'blob')
          .execute()
        await schema
          .createTable('counter')
          .addColumn('id', 'integer', column => column.primaryKey().autoIncrement())
          .addColumn('name', 'text', column => column.notNull())
          .execute()
      },
    } satisfies Migration,
  ],
}

for (const name of engineNames) {
  let engine: Engine | undefined
  const skip = engineMissing(name)
  const test = (what: string, body: () => Promise<void>) => testCase(`${name}: ${what}`, { skip }, body)
  before(async () => {
    if (!skip) engine = await startEngine(name)
  })
  after(() => engine?.[Symbol.asyncDispose]())

  const openShop = async () => {
    const database = openDatabase<ShopTables>(await engine!.newPlace())
    await migrate(database, [shopSchema])
    return Object.assign(database, { [Symbol.asyncDispose]: () => database.destroy() })
  }
  const item = (id: string, count = 0) => ({ id, count, price: null, octets: null })

  test('migrations are applied once, in order, and a failed one leaves no trace', async () => {
    const database = openDatabase<EventTables>(await engine!.newPlace())
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
    assert.deepEqual([applied, attempts], [['1', '2'], 2])
    await database.destroy()
  })

  test('events continue their chain, also with many at once, and vanish with a transaction that fails', async () => {
    const place = await engine!.newPlace()
    const database = openDatabase<EventTables>(place)
    await migrate(database, [eventSchema])
    const append = (index: number) =>
      database.transaction().execute(trx => appendEvent(owner, trx, { kind: 'tick', body: { index } }))
    await Promise.all(Array.from({ length: 40 }, (_, index) => append(index)))
    const failed = database.transaction().execute(async trx => {
      await appendEvent(owner, trx, { kind: 'never', body: {} })
      throw new Error('rolled back')
    })
    await assert.rejects(failed, /rolled back/)
    const entries = await entriesAfter(database, 0, 100)
    assert.equal(entries.length, 40)
    assert.deepEqual(verifyEntries(emptyChain('owner'), entries), await chainHead(database, 'owner'))
    const reading = openForReading<EventTables>(place)
    const read: string[] = []
    for await (const part of readLog({ database: reading, blobs: noBlobs }, 'owner'))
      if (part.kind === 'entries') read.push(...part.texts)
    assert.deepEqual(read, entries)
    await reading.destroy()
    await database.destroy()
  })

  test('a database belongs to whoever was first, and nobody else opens it', async () => {
    await using database = await openShop()
    await claimDatabase(database, 'key-of-a')
    await claimDatabase(database, 'key-of-a')
    const refused = { code: 'state-conflict', message: /key-of-a/, hint: /hub.key/ }
    await assert.rejects(claimDatabase(database, 'key-of-b'), refused)
  })

  test('what a transaction has read stays so until it commits', async () => {
    await using database = await openShop()
    await database.insertInto('item').values(item('a')).execute()
    const addOne = () =>
      database.transaction().execute(async trx => {
        const { count } = await trx.selectFrom('item').select('count').executeTakeFirstOrThrow()
        await new Promise(resolve => setImmediate(resolve))
        await trx
          .updateTable('item')
          .set({ count: count + 1 })
          .execute()
      })
    // Beside transactions, statements of their own.
    const addOneAlone = () =>
      database
        .updateTable('item')
        .set(({ eb }) => ({ count: eb('count', '+', 1) }))
        .execute()
    await Promise.all(Array.from({ length: 60 }, (_, index) => (index % 3 ? addOne() : addOneAlone())))
    assert.equal((await database.selectFrom('item').select('count').executeTakeFirst())?.count, 60)
  })

  test('a statement that fails undoes its transaction, and the next one works', async () => {
    await using database = await openShop()
    const twice = database.transaction().execute(async trx => {
      await trx.insertInto('item').values(item('a')).execute()
      await trx.insertInto('item').values(item('a')).execute()
    })
    await assert.rejects(twice)
    await assert.rejects(
      database
        .insertInto('item')
        .values([item('b'), item('b')])
        .execute(),
    )
    assert.deepEqual(await database.selectFrom('item').selectAll().execute(), [])
    await database.insertInto('item').values(item('c')).execute()
  })

  test('integers have 64 bits, counts and sums are numbers, octets come back', async () => {
    await using database = await openShop()
    const octets = Uint8Array.of(0, 255, 10)
    const large = { id: 'a', count: Number.MAX_SAFE_INTEGER - 1, price: 0.1 + 0.2, octets }
    await database
      .insertInto('item')
      .values([large, { ...item('b', 1), price: -0.5 }])
      .execute()
    const [first] = await database.selectFrom('item').selectAll().orderBy('id').execute()
    assert.deepEqual({ ...first, octets: Uint8Array.from(first!.octets!) }, large)
    const sums = await database
      .selectFrom('item')
      .select(({ fn }) => [fn.countAll().as('rows'), fn.sum('count').as('sum'), fn.max('price').as('max')])
      .executeTakeFirstOrThrow()
    assert.deepEqual({ ...sums }, { rows: 2, sum: Number.MAX_SAFE_INTEGER, max: 0.1 + 0.2 })
    await database
      .insertInto('counter')
      .values([
        { name: 'x', id: undefined },
        { name: 'y', id: undefined },
      ])
      .execute()
    assert.deepEqual(
      (await database.selectFrom('counter').select('id').orderBy('id').execute()).map(({ id }) => id),
      [1, 2],
    )
  })

  test('text is ordered by its octets, and no list holds nothing', async () => {
    await using database = await openShop()
    const ids = ['a', 'B', 'é', 'Z', '_', '😀', '￿', 'aa']
    await database
      .insertInto('item')
      .values(ids.map(id => item(id)))
      .execute()
    const ordered = (await database.selectFrom('item').select('id').orderBy('id').execute()).map(
      row => row.id,
    )
    assert.deepEqual(
      ordered,
      [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    )
    const after = await database.selectFrom('item').select('id').where('id', '>', 'a').orderBy('id').execute()
    assert.deepEqual(
      after.map(row => row.id),
      ['aa', 'é', '￿', '😀'],
    )
    assert.equal((await database.selectFrom('item').select('id').where('id', 'in', []).execute()).length, 0)
    assert.equal(
      (await database.selectFrom('item').select('id').where('id', 'not in', []).execute()).length,
      8,
    )
  })

  test('how many rows a change met is said', async () => {
    await using database = await openShop()
    await database
      .insertInto('item')
      .values([item('a'), item('b'), item('c', 1)])
      .execute()
    const met = await database.updateTable('item').set({ price: 1 }).where('count', '=', 0).executeTakeFirst()
    const none = await database.deleteFrom('item').where('id', '=', 'x').executeTakeFirst()
    const kept = await database
      .insertInto('item')
      .values(item('a', 9))
      .onConflict(conflict => conflict.column('id').doNothing())
      .executeTakeFirst()
    assert.deepEqual([met.numUpdatedRows, none.numDeletedRows, kept.numInsertedOrUpdatedRows], [2n, 0n, 0n])
  })

  test('what one of the engines has no column for, neither takes', async () => {
    await using database = await openShop()
    for (const count of [true, new Date(0), { n: 1 }, undefined]) {
      const values = { ...item('a'), count: count as never }
      await assert.rejects(database.insertInto('item').values(values).execute(), String(count))
    }
    const { rows } = await sql<{ n: number }>`select count(*) as n from item`.execute(database)
    assert.equal(rows[0]!.n, 0)
  })
}
