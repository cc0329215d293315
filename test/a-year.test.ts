import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { hubTableRetention } from '@consort/hub'
import { nodeTableRetention } from '@consort/node'
import {
  type Caller,
  documentSignatureHolds,
  hubEndpoints,
  type Id,
  type ModelCard,
  nodeEndpoints,
  parseKeyPair,
  parseRecipe,
  type SignedUsage,
  type Statement,
  type StatementView,
} from '@consort/protocol'
import {
  type EventTables,
  localFiles,
  measureFolder,
  openForReading,
  openLocalBlobs,
  readLog,
} from '@consort/storage'
import { holderOf, openReceiver, rarely, review, sure, unsure, unwatched } from './asking.ts'
import { tableRecipe } from './table-data.ts'
import {
  type Consortium,
  guardedRecipe,
  openConsortium,
  openYear,
  saidOf,
  segmentEntries,
  train,
} from './year-of-traffic.ts'

/** Days that pass at once, and what is asked meanwhile. */
const stride = 10
const answersAStride = 20

const month = (at: Date): string => at.toISOString().slice(0, 'yyyy-mm'.length)

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

/** All sign what they answered in a month; the signed cards that say who is in the models that they answered with. */
async function settle(consortium: Consortium, of: string): Promise<StatementView['lineage']> {
  await told(consortium)
  const { hub, ...nodes } = consortium.callers
  const asked = { params: { month: of } }
  await hub(hubEndpoints.makeStatement, asked)
  for (const node of Object.values(nodes)) await node(nodeEndpoints.confirmStatement, asked)
  const { inForce, lineage } = await hub(hubEndpoints.getStatement, asked)
  assert.ok(inForce && lineage.length > 0, of)
  return lineage
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

/** What stays of each run for ever, in rows: it has two rounds, four members and one budget. */
const rowsOfRun: ReadonlyMap<string, number> = new Map([
  ...([
    ['hub run', 1],
    ['hub condensed_run', 1],
    ['hub condensed_card', 4],
    ['hub version', 1],
  ] as const),
  ...([
    ['hub privacy_statement', 1],
    ['a privacy_release', 2],
    ['a secure_sum', 1],
  ] as const),
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

/** Rows of each table that is to stay bounded, pages of the databases, and what lies in their folders but archives. */
async function sizes({ at }: Consortium): Promise<Map<string, number>> {
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
  rows.set('hub pages', pages(at('hub', 'hub.sqlite')))
  rows.set('a pages', pages(at('a', 'node.sqlite')))
  for (const [name, folder] of [
    ['hub', 'blobs'],
    ['a', 'blobs'],
    ['a', 'models'],
  ] as const) {
    const { files, bytes } = await measureFolder(at(name, folder), ['log', 'usage'])
    rows.set(`${name} files in ${folder}`, files)
    rows.set(`${name} octets in ${folder}`, bytes)
  }
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
  const model = await train(consortium, guardedRecipe)
  const before = await saidOf(consortium, model)
  assert.equal(before.rounds, 2)
  let runs = 1
  const lineages = new Map<string, StatementView['lineage']>()
  let half = { rows: new Map<string, number>(), runs }
  let present = began
  for (let days = 0; days < 365; days += stride) {
    await told(consortium)
    const spent = await callers.a(nodeEndpoints.showBudgets)
    await year.pass(stride)
    assert.deepEqual(await callers.a(nodeEndpoints.showBudgets), spent, 'what is spent stays spent')
    if (month(year.now()) !== present) {
      const lineage = await settle(consortium, present)
      lineages.set(present, lineage)
      present = month(year.now())
      await train(consortium, guardedRecipe)
      // Another model takes the place of the one that is asked, which goes on answering.
      if (++runs === 3) await train(consortium, parseRecipe(tableRecipe))
      // Each month the agent is put anew: what its earlier guarantee weighed has done its part.
      await callers.a(nodeEndpoints.putAgent, { params: { agent: 'triage' }, body: rules })
    }
    const [, ...reviewed] = await work(consortium, receiver.url)
    if (days < 40) closed.push(...reviewed)
    if (days === 180) half = { rows: await sizes(consortium), runs }
  }
  const whole = await sizes(consortium)
  for (const [what, rows] of whole) {
    const before = half.rows.get(what)!
    const grown = rowsOfRun.get(what)
    const most = grown === undefined ? 1.4 * before + 8 : before + grown * (runs - half.runs)
    // Entries of the log go by segments.
    const segment = what.endsWith(' event') ? segmentEntries : 0
    assert.ok(rows <= most + segment, `${what} grew from ${before} to ${rows} in half a year`)
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

  const after = await saidOf(consortium, model)
  assert.deepEqual(after, { ...before, rounds: 1 })
  const { budgets, reservations } = await callers.a(nodeEndpoints.showBudgets)
  assert.equal(reservations, 2 * runs, 'each round of each run, once')
  assert.ok(budgets[0]!.left < before.privacy![0]!.budget - before.privacy![0]!.epsilon)
  const weightsOf = async ({ id, weights }: Pick<ModelCard, 'id' | 'weights'>) => {
    const params = { version: id, digest: weights.chunks[0]!.digest }
    return await callers.hub(hubEndpoints.getModelChunk, { params })
  }
  await assert.rejects(weightsOf(before.model), { code: 'gone' })
  await weightsOf(await callers.hub(hubEndpoints.getModel, { params: { version: asking.version } }))

  const { inForce, lineage } = await callers.hub(hubEndpoints.getStatement, { params: { month: began } })
  assert.deepEqual(lineage, lineages.get(began))
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
