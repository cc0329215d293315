import assert from 'node:assert/strict'
import test from 'node:test'
import { type Caller, createKeyPair } from '@consort/protocol'
import { localFiles, migrate, openLocalBlobs, openSqlite } from '@consort/storage'
import { costlySteps, type Statement } from '@consort/storage/testing/query-plans'
import { pino } from 'pino'
import { nodeSchemas } from './node.ts'
import { sweepByRules } from './sweep-by-rules.ts'
import type { NodeAndConsultationTables } from './tables/consultation-tables.ts'

test('every rule finds what is old by an index', async () => {
  const statements: Statement[] = []
  const onStatement = (sql: string, parameters: readonly unknown[]) =>
    void statements.push({ sql, parameters })
  await using stack = new AsyncDisposableStack()
  const database = openSqlite<NodeAndConsultationTables>(':memory:', { onStatement })
  stack.defer(() => database.destroy())
  await migrate(database, nodeSchemas)
  // An agent and its version, so that their cases are looked for.
  await database
    .insertInto('served_version')
    .values({ version: 'ver_0000000000000001', card: '{}' as never })
    .execute()
  const rules = { costs: '{}' as never, rules: '{}' as never, since: '', alpha: 0.1, delta: 0.1 }
  await database
    .insertInto('agent')
    .values({ name: 'triage', dataset: 'd', version: 'ver_0000000000000001', ...rules })
    .execute()
  // A month whose usage may be old enough; it asks the hub nothing, since no row of it was told.
  await database
    .insertInto('usage')
    .values({ id: 'use_0000000000000001', month: '2020-01', signed: '' as never, told: 0 })
    .execute()
  statements.length = 0
  let sweep = async (): Promise<void> => assert.fail('there is none')
  const call: Caller = async () => assert.fail('the hub is not asked')
  const log = pino({ level: 'silent' })
  const blobs = openLocalBlobs(localFiles, '/nowhere')
  const context = { database, call, key: createKeyPair(), now: () => new Date(), log, blobs }
  const onSweeper = (given: () => Promise<void>) => {
    sweep = given
  }
  sweepByRules(stack, context, { onSweeper })
  await sweep()
  const swept = await database.selectFrom('retention').selectAll().execute()
  assert.equal(swept.length, 8)
  const looked = statements.map(({ sql }) => sql)
  for (const table of [
    'event',
    'plain_answer',
    'asked_case',
    'webhook',
    'usage',
    'dataset',
    'consulted',
    'secure_sum',
    'work',
  ])
    assert.ok(
      looked.some(sql => sql.includes(`from "${table}"`)),
      table,
    )
  // One row for each agent, version or rule, and one for ten thousand entries.
  const small = /from "(agent|served_version|standing|retention|event_segment)"/
  const asked = statements.filter(({ sql }) => !small.test(sql))
  assert.deepEqual(await costlySteps(database, asked), [])
})
