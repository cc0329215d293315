import assert from 'node:assert/strict'
import test from 'node:test'
import {
  type Caller,
  createId,
  createKeyPair,
  digestOfJson,
  Refusal,
  type RefusalCode,
  type SignedUsage,
  signDocument,
  type Usage,
} from '@consort/protocol'
import { eventSchema, migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { pino } from 'pino'
import { type NodeTables, nodeSchema } from '../tables/node-tables.ts'
import { tellUsage } from './usage.ts'
import { keepUsage, toldUsage, waitingUsage } from './usage-store.ts'

const key = createKeyPair()
let count = 0
const entropy = { bytes: (length: number) => new Uint8Array(length).fill(count++) }

function signedUsage(): SignedUsage {
  const document: Usage = {
    ...{ kind: 'usage', id: createId('usage', entropy), member: createId('member', entropy) },
    ...{ agreement: digestOfJson('terms'), version: createId('version', entropy) },
    ...{ case: createId('case', entropy), by: 'agent', at: '2026-01-01T00:00:00.000Z' },
  }
  return { document, signatures: [signDocument(document, key)] }
}

test('an answer counts as told once the hub has taken it; one that it refuses holds up no other', async () => {
  await using database = await openTestDatabase<NodeTables>()
  await migrate(database, [eventSchema, nodeSchema])
  const [wrong, right] = [signedUsage(), signedUsage()]
  await database.transaction().execute(transaction => keepUsage(transaction, [wrong, right]))
  const calls: SignedUsage[][] = []
  let away: RefusalCode | undefined = 'unreachable'
  const call = (async (_: unknown, { body: { events } }: { body: { events: SignedUsage[] } }) => {
    calls.push(events)
    if (away) throw new Refusal(away, 'the hub is away')
    const ids = events.map(({ document }) => document.id)
    if (ids.includes(wrong.document.id)) throw new Refusal('agreement-refused', 'no')
  }) as unknown as Caller
  const tell = () => tellUsage({ database, call, log: pino({ level: 'silent' }) })

  await assert.rejects(tell(), { code: 'unreachable' })
  assert.deepEqual(await waitingUsage(database, 10), [wrong, right])
  away = 'version-unsupported'
  await assert.rejects(tell(), { code: 'version-unsupported' })
  assert.deepEqual(await waitingUsage(database, 10), [wrong, right], 'kept for the day of the upgrade')
  away = undefined
  await tell()
  assert.deepEqual(calls.slice(2), [[wrong, right], [wrong], [right]])
  assert.deepEqual(await waitingUsage(database, 10), [])
  assert.deepEqual(await toldUsage(database, '2026-01'), [right], 'and only what the hub has is settled')
})
