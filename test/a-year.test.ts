import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { hubTableRetention } from '@consort/hub'
import { nodeTableRetention } from '@consort/node'
import {
  type Caller,
  createCaller,
  documentSignatureHolds,
  hubEndpoints,
  type Id,
  nodeEndpoints,
  parseKeyPair,
  type SignedUsage,
  type Statement,
} from '@consort/protocol'
import {
  type EventTables,
  localFiles,
  measureFolder,
  openForReading,
  openLocalBlobs,
  readLog,
} from '@consort/storage'
import {
  holderOf,
  joinPartners,
  openReceiver,
  putTriage,
  rarely,
  review,
  sure,
  termsFor,
  trainModel,
  unsure,
  unwatched,
} from './asking.ts'
import { openNetwork } from './network.ts'

const dayMs = 24 * 3_600_000
/** Days that pass at once, and what is asked meanwhile. */
const stride = 10
const answersAStride = 20

/** The machine's clock, which a test sets forward for all at once, and the sweeps that wait for it. */
function openYear() {
  let passedMs = 0
  const sweeps: (() => Promise<void>)[] = []
  const now = (): Date => new Date(Date.now() + passedMs)
  return {
    now,
    parts: { now, segmentEntries: 100, onSweeper: (sweep: () => Promise<void>) => void sweeps.push(sweep) },
    async pass(days: number) {
      passedMs += days * dayMs
      for (const sweep of sweeps) await sweep()
    },
  }
}

const month = (at: Date): string => at.toISOString().slice(0, 'yyyy-mm'.length)

/** Calls a server as the one whose key lies in a file, by the year's clock. */
function callerAt(base: string, keyFile: string, now: () => Date): Caller {
  const key = parseKeyPair(readFileSync(keyFile, 'utf8'))
  return createCaller({ base, fetch: fetch as never, key, nowMs: () => now().getTime() })
}

const keep = {
  log: 30,
  answers: 30,
  webhooks: 30,
  usage: 10,
  cards: 30,
  consultations: 40,
  sums: 30,
  runs: 30,
}

async function openConsortium(year: ReturnType<typeof openYear>) {
  const network = await openNetwork({
    hubParts: year.parts,
    nodeParts: year.parts,
    hubConfig: { keep },
    nodeConfig: { keep },
  })
  await joinPartners(network)
  await network.agree(termsFor(['a', 'b']))
  const asking = await putTriage(network, await trainModel(network))
  const at = (name: string, file: string) => join(network.directory, name, file)
  const callers = {
    hub: callerAt(network.hub.url, at('hub', 'operator.key'), year.now),
    a: callerAt(network.nodes.get('a')!.url, at('a', 'node.key'), year.now),
    b: callerAt(network.nodes.get('b')!.url, at('b', 'node.key'), year.now),
  }
  return { network, asking, at, callers }
}

type Consortium = Awaited<ReturnType<typeof openConsortium>>

let unsureOnes = 0

/** What an application and an expert do in some days. */
async function work({ network, asking }: Consortium, webhook: string): Promise<Id<'case'>[]> {
  const asked = await Promise.all(
    Array.from({ length: answersAStride }, (_, index) => asking.ask({ ...sure, x: 3 + index / 100 })),
  )
  // Another record each time: by the record it is for training, for the guarantee or for the report.
  const records = [1, 2].map(() => ({ ...unsure, y: unsure.y + unsureOnes++ / 1e5 }))
  const deferred = await Promise.all(records.map(record => asking.ask(record, { webhook })))
  const expert = holderOf(network, 'a', asking.expert.key)
  const closed = await Promise.all(deferred.map(({ id }) => review(expert, id, 'ill')))
  assert.deepEqual(
    closed.map(({ state }) => state),
    ['answered', 'answered'],
  )
  return [asked[0]!.id, ...deferred.map(({ id }) => id)]
}

/** The hub has all that the node has metered. */
async function told({ at }: Consortium): Promise<void> {
  for (let tries = 0; count(at('a', 'node.sqlite'), 'usage where told = 0') > 0; tries++) {
    assert.ok(tries < 3000, 'the hub is told within a minute')
    await sleep(20)
  }
}

async function settle(consortium: Consortium, of: string): Promise<void> {
  await told(consortium)
  const { hub, a, b } = consortium.callers
  const asked = { params: { month: of } }
  await hub(hubEndpoints.makeStatement, asked)
  await a(nodeEndpoints.confirmStatement, asked)
  const { inForce } = await b(nodeEndpoints.confirmStatement, asked)
  assert.ok(inForce, of)
}

function count(file: string, from: string): number {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    return Number(database.prepare(`select count(*) as rows from ${from}`).get()!.rows)
  } finally {
    database.close()
  }
}

/** Grows with what people agree on and not with what is asked. */
const growing: ReadonlySet<string> = new Set([
  ...['hub countersigned', 'hub countersignature', 'hub usage_page', 'hub event_segment'],
  ...['a case_tally', 'a event_segment'],
])

/** Pages of 4096 octets that a database has, also those that are free. */
function pages(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    return Number(database.prepare('pragma page_count').get()!.page_count)
  } finally {
    database.close()
  }
}

/** Rows of each table that is to stay bounded, and pages of the database of the node that is asked. */
function sizes({ at }: Consortium): Map<string, number> {
  const rows = new Map<string, number>()
  for (const [name, tables, file] of [
    ['hub', Object.keys(hubTableRetention), at('hub', 'hub.sqlite')],
    ['a', Object.keys(nodeTableRetention), at('a', 'node.sqlite')],
  ] as const) {
    for (const table of tables) {
      if (growing.has(`${name} ${table}`)) continue
      const which = table === 'asked_case' ? `asked_case where role <> 'train'` : table
      rows.set(`${name} ${table}`, count(file, which))
    }
  }
  rows.set('a pages', pages(at('a', 'node.sqlite')))
  return rows
}

/** The events of a statement: of the pages that it names, which are archived by now. */
async function usageOf(hub: Caller, statement: Statement): Promise<SignedUsage[]> {
  assert.ok('pages' in statement)
  const filled = await Promise.all(
    statement.pages.map(page => hub(hubEndpoints.getUsagePage, { params: { page } })),
  )
  return filled.flatMap(({ events }) => events)
}

async function logHolds({ at }: Consortium, name: 'hub' | 'a'): Promise<{ entries: number; sealed: number }> {
  const kind = name === 'hub' ? 'hub' : 'node'
  const database = openForReading<EventTables>({ file: at(name, `${kind}.sqlite`) })
  try {
    const { publicKey } = parseKeyPair(readFileSync(at(name, `${kind}.key`), 'utf8'))
    const blobs = openLocalBlobs(localFiles, at(name, 'blobs'))
    let entries = 0
    for await (const { kind: part, head } of readLog({ database, blobs }, publicKey)) {
      assert.equal(part, 'entries', 'nothing was moved away')
      entries = head.seq
    }
    return { entries, sealed: entries - count(at(name, `${kind}.sqlite`), 'event') }
  } finally {
    await database.destroy()
  }
}

test('a year of traffic leaves a bounded size, and every promise as it was', async () => {
  const year = openYear()
  const consortium = await openConsortium(year)
  await using _ = consortium.network
  await using receiver = await openReceiver(consortium.asking.application.webhookSecret!)
  const { callers, asking } = consortium
  const began = month(year.now())
  const [first, ...closed] = await work(consortium, receiver.url)

  const rules = {
    version: asking.version,
    dataset: 'plane',
    alpha: 0.05,
    delta: 0.1,
    audit: rarely,
    ...unwatched,
  }
  let half = new Map<string, number>()
  let present = began
  for (let days = 0; days < 365; days += stride) {
    await told(consortium)
    await year.pass(stride)
    if (month(year.now()) !== present) {
      await settle(consortium, present)
      present = month(year.now())
      // Each month the agent is put anew: what its earlier guarantee weighed has done its part.
      await callers.a(nodeEndpoints.putAgent, { params: { agent: 'triage' }, body: rules })
    }
    const [, ...reviewed] = await work(consortium, receiver.url)
    if (days < 40) closed.push(...reviewed)
    if (days === 180) half = sizes(consortium)
  }
  const whole = sizes(consortium)
  for (const [what, rows] of whole) {
    const before = half.get(what)!
    assert.ok(rows <= 1.4 * before + 8, `${what} grew from ${before} to ${rows} in half a year`)
  }

  for (const name of ['hub', 'a'] as const) {
    const { entries, sealed } = await logHolds(consortium, name)
    assert.ok(sealed > 0.5 * entries, `${name}: most of ${entries} entries are archived`)
  }
  const archive = await measureFolder(consortium.at('a', 'blobs/log'))
  assert.ok(archive.files >= 3)
  const explain = (id: Id<'case'>) => callers.a(nodeEndpoints.explainCase, { params: { case: id } })
  await assert.rejects(explain(first!), { code: 'gone' })
  // Training examples are kept, and what the log says of them is in its files.
  const origins = await Promise.allSettled(closed.map(explain))
  const examples = origins.flatMap(origin => (origin.status === 'fulfilled' ? [origin.value] : []))
  assert.ok(examples.length >= 1, `of ${closed.length} old cases some are training examples`)
  for (const { role, log, reviews } of examples) {
    assert.deepEqual([role, reviews.length], ['train', 2])
    assert.ok(log.length >= 3, 'it was asked, and judged twice')
  }

  const { inForce } = await callers.hub(hubEndpoints.getStatement, { params: { month: began } })
  const usage = await usageOf(callers.hub, inForce!.document)
  assert.ok(usage.length > 0)
  assert.equal(inForce!.document.lines.find(({ name }) => name === 'a')!.answers, usage.length)
  const archived = await measureFolder(consortium.at('hub', 'blobs/usage'))
  assert.ok(archived.files >= 9, 'a page or more a month')
  for (const signature of inForce!.signatures) assert.ok(documentSignatureHolds(inForce!.document, signature))

  const again = await asking.ask(sure)
  assert.equal(again.state, 'answered')
  assert.ok((await explain(again.id)).log.length > 0)
})
