import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOfDocument, digestOfJson, type UsagePage } from '@consort/protocol'
import { openHubDatabase } from '../testing/open-hub-database.ts'
import { fullPages, insertPage, pagesOfMonth } from './usage-page-store.ts'

test('the pages of a month come in the order of their numbers', async () => {
  await using hub = await openHubDatabase()
  const { database } = hub
  const of = { agreement: digestOfJson('terms'), month: '2026-01' }
  const pageAt = (number: number): UsagePage => ({
    ...{ kind: 'usage-page', ...of, number, count: 1, events: digestOfJson(number) },
    ...{ first: 'use_0000000000000001', last: 'use_0000000000000001' },
    answers: [{ member: 'mem_0000000000000001', version: 'ver_0000000000000001', answers: 1 }],
  })
  const pages = Array.from({ length: 8 }, (_, index) => pageAt(index + 1))
  const byDigest = pages.toSorted((a, b) => (digestOfDocument(a) < digestOfDocument(b) ? -1 : 1))
  assert.notDeepEqual(byDigest, pages)
  await database.transaction().execute(async transaction => {
    for (const page of byDigest) await insertPage(transaction, page)
  })
  assert.deepEqual(await pagesOfMonth(database, of), pages)
  assert.deepEqual(
    (await fullPages(database, of)).map(({ page }) => page),
    pages,
  )
})
