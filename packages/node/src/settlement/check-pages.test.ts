import assert from 'node:assert/strict'
import test from 'node:test'
import {
  type Caller,
  createKeyPair,
  digestOfDocument,
  digestOfJson,
  type PagedStatement,
  type Roster,
  type UsagePage,
} from '@consort/protocol'
import { eventSchema, migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { type NodeTables, nodeSchema } from '../tables/node-tables.ts'
import { checkPages } from './check-pages.ts'
import { keepChecked } from './checked-page-store.ts'

const of = { agreement: digestOfJson('terms'), month: '2026-01' }
const roster: Roster = {
  ...{ kind: 'roster', consortium: 'c', version: 1, previous: null, hub: createKeyPair().publicKey },
  members: [],
}

test('what was checked of a page holds at its own place in a statement, and at no other', async () => {
  await using database = await openTestDatabase<NodeTables>()
  await migrate(database, [eventSchema, nodeSchema])
  const pageAt = (number: number): UsagePage => ({
    ...{ kind: 'usage-page', ...of, number, count: 1, events: digestOfJson(number) },
    ...{ first: 'use_0000000000000001', last: 'use_0000000000000001' },
    answers: [{ member: 'mem_0000000000000001', version: 'ver_0000000000000001', answers: 1 }],
  })
  const pages = [pageAt(1), pageAt(2)]
  for (const [index, page] of pages.entries())
    await keepChecked(database, { page, ids: [`use_000000000000000${index}`] })
  const digests = pages.map(digestOfDocument)
  const statement: PagedStatement = {
    ...{ kind: 'statement', consortium: 'c', ...of, currency: 'EUR', answerPrice: 1, revenue: 0 },
    ...{ rule: { kind: 'by-use' }, lines: [], edition: 2, pages: digests },
  }
  let asked = 0
  const call = (async () => {
    asked += 1
    return { page: pages[1], events: [] }
  }) as unknown as Caller
  const checked = await checkPages({ database, call }, statement, roster)
  assert.deepEqual([checked.pages, asked], [pages, 0])
  const turned = { ...statement, pages: digests.toReversed() }
  await assert.rejects(checkPages({ database, call }, turned, roster), { code: 'statement-wrong' })
  assert.equal(asked, 1)
})
