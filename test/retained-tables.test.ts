import assert from 'node:assert/strict'
import test from 'node:test'
import { hubKeepSettings, hubSchemas, hubTableRetention } from '@consort/hub'
import { nodeKeepSettings, nodeSchemas, nodeTableRetention } from '@consort/node'
import { migrate, openSqlite, type SchemaOwner } from '@consort/storage'

/** The notes of `migrate` and `claimDatabase`: a few rows that the code bounds. */
const bookkeeping = ['consort_migration', 'consort_owner', 'consort_version']

async function tablesOf(schemas: readonly SchemaOwner[]): Promise<string[]> {
  const database = openSqlite<unknown>(':memory:')
  try {
    await migrate(database, schemas)
    const tables = await database.introspection.getTables()
    return tables.map(({ name }) => name).filter(name => !bookkeeping.includes(name))
  } finally {
    await database.destroy()
  }
}

for (const [name, schemas, retention, settings] of [
  ['hub', hubSchemas, hubTableRetention, hubKeepSettings],
  ['node', nodeSchemas, nodeTableRetention, nodeKeepSettings],
] as const) {
  test(`every table of a ${name} says what becomes of its rows, and every rule is some table's`, async () => {
    assert.deepEqual(Object.keys(retention).sort(), (await tablesOf(schemas)).sort())
    const rules = Object.values(retention).flatMap(one => (one.kind === 'swept' ? [one.rule] : []))
    assert.deepEqual([...new Set(rules)].sort(), Object.keys(settings).sort())
  })
}
