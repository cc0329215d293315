import assert from 'node:assert/strict'
import test from 'node:test'
import {
  createKeyPair,
  digestOfDocument,
  digestOfJson,
  type SignedUsage,
  signDocument,
  type Usage,
  usagePerPage,
} from '@consort/protocol'
import { costlySteps, type Statement } from '@consort/storage/testing/query-plans'
import { openHubDatabase } from '../testing/open-hub-database.ts'
import { sealPages } from './seal-pages.ts'
import { countSealed, pagesOfMonth, readPage } from './usage-page-store.ts'
import { countUnsealed, insertUsage, unsealedUsage, usageOfPage } from './usage-store.ts'

const key = createKeyPair()
const of = { agreement: digestOfJson('terms'), month: '2026-01' }

const padded = (number: number): string => String(number).padStart(16, '0')

async function openSealing() {
  const asked: Statement[] = []
  const hub = await openHubDatabase({ onStatement: (sql, parameters) => asked.push({ sql, parameters }) })
  const { database, caller } = hub
  const { id: version } = await database.selectFrom('version').select('id').executeTakeFirstOrThrow()
  const eventAt = (number: number, change: Partial<Usage> = {}): SignedUsage => {
    const document: Usage = {
      ...{ kind: 'usage', id: `use_${padded(number)}`, member: caller.id, version },
      ...{ agreement: of.agreement, case: `cas_${padded(number)}` },
      ...{ by: 'agent', at: '2026-01-05T00:00:00.000Z', ...change },
    }
    return { document, signatures: [signDocument(document, key)] }
  }
  return {
    database,
    asked,
    eventAt,
    tell: (...events: SignedUsage[]) =>
      database.transaction().execute(async transaction => {
        for (const event of events) await insertUsage(transaction, event)
      }),
    seal: () => sealPages({ database, key, now: () => new Date(0) }, of),
    [Symbol.asyncDispose]: hub[Symbol.asyncDispose],
  }
}

test('pages hold each event of their month once, in the order of ids, and no page has more than a thousand', async () => {
  await using hub = await openSealing()
  const { database, eventAt } = hub
  const events = Array.from({ length: usagePerPage + 3 }, (_, number) => eventAt(number + 10))
  const others = [
    eventAt(1, { at: '2026-02-01T00:00:00.000Z' }),
    eventAt(2, { agreement: digestOfJson('other terms') }),
  ]
  await hub.tell(...events.toReversed(), ...others)
  assert.equal(await countUnsealed(database, of), events.length)
  await hub.seal()
  const pages = await pagesOfMonth(database, of)
  assert.deepEqual(
    pages.map(({ number, count }) => [number, count]),
    [
      [1, usagePerPage],
      [2, 3],
    ],
  )
  const kept = await Promise.all([1, 2].map(number => usageOfPage(database, of, number)))
  assert.deepEqual(kept.flat(), events)
  assert.equal(pages[0]!.events, digestOfJson(kept[0]))
  assert.deepEqual(await readPage(database, digestOfDocument(pages[1]!)), pages[1])
  assert.deepEqual(await unsealedUsage(database, of), [])
  assert.deepEqual(await countSealed(database, of), { pages: 2, events: events.length })
})

test('what comes late is on a later page, and what was sealed stays as it is', async () => {
  await using hub = await openSealing()
  await hub.tell(hub.eventAt(5), hub.eventAt(9))
  await hub.seal()
  await hub.seal()
  const [first] = await pagesOfMonth(hub.database, of)
  const late = [hub.eventAt(1), hub.eventAt(7)]
  await hub.tell(...late)
  await hub.seal()
  const pages = await pagesOfMonth(hub.database, of)
  assert.equal(pages.length, 2)
  assert.deepEqual(pages[0], first)
  assert.deepEqual(await usageOfPage(hub.database, of, 2), late)
})

test('each page is a transaction, and each step is looked up in an index', async () => {
  await using hub = await openSealing()
  await hub.tell(...Array.from({ length: usagePerPage + 1 }, (_, number) => hub.eventAt(number)))
  hub.asked.length = 0
  await hub.seal()
  const written = hub.asked.filter(({ sql }) => /^(insert into .usage_page|update .usage)/.test(sql))
  assert.equal(written.length, 4)
  assert.equal(hub.asked.filter(({ sql }) => /^commit/i.test(sql)).length, 3, 'two pages, and a look')
  const about = hub.asked.filter(({ sql }) => sql.includes('usage'))
  assert.deepEqual(await costlySteps(hub.database, about), [])
  const [update] = hub.asked.filter(({ sql }) => sql.startsWith('update "usage"'))
  assert.ok(update)
  assert.deepEqual(await costlySteps(hub.database, [{ ...update, sql: planned(update.sql) }]), [])
})

/** `update … where …` as a `select` of the same rows, for the plan. */
function planned(update: string): string {
  return update.replace(/^update "usage" set "page" = \?/, 'select ? from "usage"')
}
