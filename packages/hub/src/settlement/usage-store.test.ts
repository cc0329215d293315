import assert from 'node:assert/strict'
import test from 'node:test'
import {
  createKeyPair,
  digestOfJson,
  type Id,
  type SignedUsage,
  signDocument,
  type Usage,
} from '@consort/protocol'
import { openHubDatabase } from '../testing/open-hub-database.ts'
import { findUsage, insertUsage, usageOfMonth } from './usage-store.ts'

test('a month’s usage is that of answers given in it, in the order of their ids', async () => {
  await using hub = await openHubDatabase()
  const { database, caller } = hub
  const { id: version } = await database.selectFrom('version').select('id').executeTakeFirstOrThrow()
  const [key, agreement] = [createKeyPair(), digestOfJson('terms')]
  const usageAt = (id: Id<'usage'>, at: string): SignedUsage => {
    const document: Usage = {
      ...{ kind: 'usage', id, member: caller.id, agreement, version },
      ...{ case: 'cas_0000000000000001', by: 'agent', at },
    }
    return { document, signatures: [signDocument(document, key)] }
  }
  const last = usageAt('use_0000000000000002', '2026-01-31T23:59:59.999Z')
  const first = usageAt('use_0000000000000001', '2026-01-31T12:00:00.000Z')
  const next = usageAt('use_0000000000000003', '2026-02-01T00:00:00.000Z')
  await database.transaction().execute(async transaction => {
    for (const one of [last, next, first]) await insertUsage(transaction, one)
  })
  assert.deepEqual(await usageOfMonth(database, { agreement, month: '2026-01' }), [first, last])
  assert.deepEqual(await usageOfMonth(database, { agreement, month: '2026-02' }), [next])
  assert.deepEqual(await findUsage(database, next.document.id), next)
})
