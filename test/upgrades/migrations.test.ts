import assert from 'node:assert/strict'
import test from 'node:test'
import { hubSchemas } from '@consort/hub'
import { nodeSchemas } from '@consort/node'
import type { Migration, SchemaOwner } from '@consort/storage'
import { sql } from 'kysely'
import { compareMigrations } from './compare-migrations.ts'
import { landedMigrations } from './landed-migrations.ts'
import { recordMigrations } from './record-migrations.ts'

test('no migration that landed was changed, removed or moved, and each has its digest', async () => {
  const faults = [
    ...compareMigrations(landedMigrations.hub, await recordMigrations(hubSchemas)),
    ...compareMigrations(landedMigrations.node, await recordMigrations(nodeSchemas)),
  ]
  assert.deepEqual(faults, [])
})

const table = (name: string, column = 'x'): Migration => ({
  name,
  up: ({ schema }) => schema.createTable(name).addColumn(column, 'integer').execute(),
})
const owned = (...migrations: Migration[]): SchemaOwner[] => [{ owner: 'own', migrations }]
const landed = [...(await recordMigrations(owned(table('a'), table('b'))))]

async function faultsOf(...migrations: Migration[]): Promise<string[]> {
  const faults = compareMigrations(landed, await recordMigrations(owned(...migrations)))
  return faults.map(fault => fault.replaceAll(/sha256:[0-9a-f]{64}/g, 'DIGEST'))
}
const wayOut =
  'Directories that exist have run it as it was: put it back, and add a new migration at the end.'

test('code that tells the database the same is the same migration', async () => {
  const rewritten: Migration = {
    name: 'b',
    async up(database) {
      const column = 'x'
      await database.schema.createTable('b').addColumn(column, 'integer').execute()
    },
  }
  assert.deepEqual(await faultsOf(table('a'), rewritten), [])
})

test('a changed migration is found, down to a bound value', async () => {
  assert.deepEqual(await faultsOf(table('a'), table('b', 'y')), [
    `The migration own/b was changed. ${wayOut}`,
  ])
  const note = (value: number): Migration => ({
    name: 'note',
    async up(database) {
      await database.schema.createTable('note').addColumn('x', 'integer').execute()
      await sql`insert into note (x) values (${value})`.execute(database)
    },
  })
  const before = [...(await recordMigrations(owned(note(1))))]
  const faults = compareMigrations(before, await recordMigrations(owned(note(2))))
  assert.deepEqual(faults, [`The migration own/note was changed. ${wayOut}`])
})

test('a removed migration, another order and one that nobody wrote down are found', async () => {
  assert.deepEqual(await faultsOf(table('a')), [`The migration own/b was removed. ${wayOut}`])
  assert.deepEqual(await faultsOf(table('b'), table('a')), [
    `The migrations of own run in another order. ${wayOut}`,
  ])
  const fresh = `The migration own/c is new: add ['own/c', 'DIGEST'] to landed-migrations.ts.`
  assert.deepEqual(await faultsOf(table('a'), table('b'), table('c')), [fresh])
  assert.deepEqual(await faultsOf(table('a'), table('c'), table('b')), [
    `The migrations of own run in another order. ${wayOut}`,
    fresh,
  ])
})
