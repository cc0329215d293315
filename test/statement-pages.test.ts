import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { broughtBy, makeStatement } from '@consort/agreements'
import {
  type Caller,
  createCaller,
  digestOfDocument,
  endpoint,
  hubEndpoints,
  nodeEndpoints,
  type PagedStatement,
  parseKeyPair,
  type SignedUsage,
  signDocument,
} from '@consort/protocol'
import { z } from 'zod'
import { consort } from './cli-process.ts'
import { type MadeUp, type PageLie, proposingPages, showingPages } from './lying-statements.ts'
import type { Network } from './network.ts'
import { november, openAgreed, short, tellAnswers } from './settling.ts'

const byId = (one: SignedUsage, other: SignedUsage): number => (one.document.id < other.document.id ? -1 : 1)
const sign = (network: Network, name: string) =>
  network.callNode(name)(nodeEndpoints.confirmStatement, november)
const make = (network: Network) => network.operator(hubEndpoints.makeStatement, november)

async function proposed(network: Network): Promise<PagedStatement> {
  const document = (await make(network)).proposed?.document
  assert.ok(document && 'pages' in document)
  return document
}

/** Takes answers down at a node, as told: as if it had given them. */
function giveBack(network: Network, name: string, events: readonly SignedUsage[]): void {
  const { member } = network.identity(name)
  using database = new DatabaseSync(join(network.nodeConfig(name).dataPath, 'node.sqlite'))
  const insert = database.prepare('insert into usage (id, month, signed, told) values (?, ?, ?, 1)')
  for (const event of events) {
    const { id, member: of } = event.document
    if (of === member) insert.run(id, november.params.month, JSON.stringify(event))
  }
}

function countedAt(network: Network, name: string): unknown {
  using database = new DatabaseSync(join(network.nodeConfig(name).dataPath, 'node.sqlite'))
  return database.prepare('select count(*) as count from usage where told = 3').get()!.count
}

/** Partners a and b, with answers in November on two pages: five that were told in time and two that came late. */
async function openTwoPages() {
  const network = await openAgreed()
  const { result } = await network.awaitRun(await network.startRun(short))
  const inTime = await tellAnswers(network, result!, { a: 3, b: 2 })
  const first = await proposed(network)
  const late = await tellAnswers(network, result!, { b: 2 })
  const statement = await proposed(network)
  for (const name of ['a', 'b']) giveBack(network, name, [...inTime, ...late])
  return { network, version: result!, first, statement }
}

async function callAs(network: Network, name: string, wrapCaller: (call: Caller) => Caller): Promise<void> {
  await network.stopNode(name)
  await network.startNode(name, { wrapCaller })
}

test('a month is settled by pages: what came late is on a later one, and each page is fetched once', async () => {
  const { network, first, statement } = await openTwoPages()
  await using _ = network
  assert.equal(first.pages.length, 1)
  assert.deepEqual(statement.pages.slice(0, 1), first.pages)
  assert.equal(statement.pages.length, 2)
  assert.equal(
    statement.lines.reduce((sum, { answers }) => sum + answers, 0),
    7,
  )
  const fetched: string[] = []
  const counting: (call: Caller) => Caller = call =>
    (async (endpoint, ...rest) => {
      if ((endpoint as unknown) === hubEndpoints.getUsagePage) fetched.push(JSON.stringify(rest))
      return await call(endpoint, ...rest)
    }) as Caller
  await callAs(network, 'a', counting)
  for (let turn = 0; turn < 2; turn++) assert.equal((await sign(network, 'a')).inForce, null)
  assert.equal(fetched.length, 2)
  const { inForce, uncounted } = await sign(network, 'b')
  assert.equal(inForce?.signatures.length, 3)
  assert.equal(uncounted, 0)
  assert.deepEqual(
    [countedAt(network, 'a'), countedAt(network, 'b')],
    [3, 4],
    'each has noted its own as counted',
  )
  assert.deepEqual((await make(network)).inForce, inForce, 'making it again changes nothing')
})

test('what comes after the proposal is told, and holds up whose it is until it is counted', async () => {
  const { network, version, statement } = await openTwoPages()
  await using _ = network
  const late = await tellAnswers(network, version, { a: 1 })
  giveBack(network, 'a', late)
  const view = await network.operator(hubEndpoints.getStatement, november)
  assert.deepEqual([view.uncounted, view.proposed?.document], [1, statement])
  await sign(network, 'b')
  await assert.rejects(sign(network, 'a'), {
    code: 'statement-wrong',
    message: new RegExp(`left out the answer ${late[0]!.document.id}`),
    hint: /consort statement make/,
  })
  const again = await proposed(network)
  assert.deepEqual(again.pages.slice(0, 2), statement.pages)
  await sign(network, 'a')
  assert.equal((await sign(network, 'b')).inForce?.signatures.length, 3)
  await tellAnswers(network, version, { b: 1 })
  await assert.rejects(make(network), { code: 'state-conflict', message: /came in after that/ })
})

/** `own` tells whether an event is of the node that is asked to sign. */
const madeUp: Record<string, [(own: (event: SignedUsage) => boolean) => MadeUp, RegExp]> = {
  'an answer left out': [
    own =>
      ([first, second]) => [first!.filter(event => event !== first!.find(own)), second!],
    /left out the answer/,
  ],
  'a page left out': [
    () =>
      ([, second]) => [second!],
    /left out the answer/,
  ],
  'an answer invented': [
    () =>
      ([first, second], event = first!.at(-1)!) => [
        [...first!, { ...event, document: { ...event.document, id: 'use_zzzzzzzzzzzzzzzz' } }],
        second!,
      ],
    /is not signed by the member/,
  ],
  'an answer on two pages': [
    () =>
      ([first, second]) => [first!, [first![0]!, ...second!].toSorted(byId)],
    /is on page 2 and on one before it/,
  ],
  'an answer twice on a page': [
    () =>
      ([first, second]) => [[first![0]!, ...first!], second!],
    /is on a page twice, or out of order/,
  ],
  'a page twice': [
    () =>
      ([first, second]) => [first!, second!, first!],
    /is on page 3 and on one before it/,
  ],
}
for (const [what, [makeUp, message]] of Object.entries(madeUp))
  test(`a node does not sign a statement of pages with ${what}, though all its figures agree`, async () => {
    const { network } = await openTwoPages()
    await using _ = network
    const { member } = network.identity('a')
    const own = (event: SignedUsage) => event.document.member === member
    await callAs(network, 'a', proposingPages(network, makeUp(own)))
    await assert.rejects(sign(network, 'a'), { code: 'statement-wrong', message })
    assert.equal((await sign(network, 'b')).inForce, null)
  })

test('a node does not sign a second statement with fewer of its answers, when they are deleted here', async () => {
  const { network } = await openTwoPages()
  await using _ = network
  await sign(network, 'a')
  const { member } = network.identity('a')
  const path = join(network.nodeConfig('a').dataPath, 'node.sqlite')
  const withoutOwn: MadeUp = pages =>
    pages.map(page => page.filter(event => event.document.member !== member))
  await network.stopNode('a')
  {
    using database = new DatabaseSync(path)
    database.exec('delete from usage')
  }
  await network.startNode('a', { wrapCaller: proposingPages(network, withoutOwn) })
  await assert.rejects(sign(network, 'a'), {
    code: 'statement-wrong',
    message: /counts 0 answers of this node, and one that it signed counted 3/,
  })
  await callAs(network, 'a', call => call)
  assert.equal((await sign(network, 'a')).inForce, null, 'what it has signed it signs again')
})

const changed: Record<string, [PageLie, RegExp]> = {
  'other events': [
    ({ page, events }) => ({ page, events: events.slice(1).concat(events.slice(0, 1)) }),
    /out of order/,
  ],
  'fewer events': [({ page, events }) => ({ page, events: events.slice(1) }), /says (first|last)/],
  'another sum': [
    ({ page, events }) => ({
      page: { ...page, answers: page.answers.map(count => ({ ...count, answers: 1 })) },
      events,
    }),
    /is not the one that the statement names/,
  ],
}
for (const [what, [lie, message]] of Object.entries(changed))
  test(`a node does not sign when a page that the statement names is shown with ${what}`, async () => {
    const { network } = await openTwoPages()
    await using _ = network
    await callAs(network, 'a', showingPages(lie))
    await assert.rejects(sign(network, 'a'), { code: 'statement-wrong', message })
  })

test('a page that the hub changes after one partner has signed is found by the next', async () => {
  const { network } = await openTwoPages()
  await using _ = network
  await sign(network, 'a')
  await network.restartHub(() => {
    using database = new DatabaseSync(join(network.directory, 'hub', 'hub.sqlite'))
    const { changes } = database
      .prepare("update usage set signed = replace(signed, '2026-11-03', '2026-11-04') where page = 1")
      .run()
    assert.equal(changes, 5)
  })
  await assert.rejects(sign(network, 'b'), { code: 'statement-wrong' })
})

test('the hub does not show a page of which events are gone as if it were whole', async () => {
  const { network, statement } = await openTwoPages()
  await using _ = network
  await network.restartHub(() => {
    using database = new DatabaseSync(join(network.directory, 'hub', 'hub.sqlite'))
    database.exec('delete from usage where page = 2')
  })
  const shown = (page: PagedStatement['pages'][number]) =>
    network.operator(hubEndpoints.getUsagePage, { params: { page } })
  assert.equal((await shown(statement.pages[0]!)).events.length, 5)
  await assert.rejects(shown(statement.pages[1]!), { code: 'not-found', message: /page 2 of 2026-11/ })
})

/** As a hub of wire 1 proposed it: one digest over all events. */
async function proposeWhole(network: Network): Promise<void> {
  const { proposed: made, lineage } = await make(network)
  const { pages } = made!.document as PagedStatement
  const filled = await network.operator(hubEndpoints.getUsagePage, { params: { page: pages[0]! } })
  const document = makeStatement({
    agreement: (await network.operator(hubEndpoints.getAgreement)).inForce!.document,
    roster: (await network.operator(hubEndpoints.getRoster)).inForce!.document,
    month: '2026-11',
    usages: filled.events.map(event => event.document),
    brought: broughtBy(lineage),
  })
  const key = parseKeyPair(readFileSync(join(network.directory, 'hub', 'hub.key'), 'utf8'))
  await network.restartHub(() => {
    using database = new DatabaseSync(join(network.directory, 'hub', 'hub.sqlite'))
    const digest = digestOfDocument(document)
    database.exec('delete from usage_page; update usage set page = 0')
    const { digest: before } = database
      .prepare("select digest from countersigned where kind = 'statement'")
      .get()!
    database
      .prepare(`insert into countersigned (digest, kind, about, version, document, state)
        select ?, kind, about, version, ?, state from countersigned where digest = ?`)
      .run(digest, JSON.stringify(document), before!)
    database.prepare('delete from countersignature where digest = ?').run(before!)
    database.prepare('delete from countersigned where digest = ?').run(before!)
    const { signature } = signDocument(document, key)
    database
      .prepare('insert into countersignature (digest, key, signature) values (?, ?, ?)')
      .run(digest, key.publicKey, signature)
  })
}

test('a statement that an older hub proposed is signed as it is, and holds', async () => {
  await using network = await openAgreed()
  const { result } = await network.awaitRun(await network.startRun(short))
  await tellAnswers(network, result!, { a: 3, b: 2 })
  await proposeWhole(network)
  const { proposed: kept, usage, uncounted } = await make(network)
  assert.ok(kept && 'usage' in kept.document, 'nothing came in: it is not made anew')
  assert.deepEqual([usage.length, uncounted], [5, 0])
  for (const name of ['a', 'b']) await sign(network, name)
  const { inForce, usage: still } = await network.operator(hubEndpoints.getStatement, november)
  assert.deepEqual([inForce?.document, inForce?.signatures.length, still.length], [kept.document, 3, 5])
  await tellAnswers(network, result!, { b: 1 })
  await assert.rejects(make(network), { code: 'state-conflict' })
})

test('a statement that an older hub proposed is made anew by pages when usage came in', async () => {
  await using network = await openAgreed()
  const { result } = await network.awaitRun(await network.startRun(short))
  await tellAnswers(network, result!, { a: 3, b: 2 })
  await proposeWhole(network)
  await tellAnswers(network, result!, { b: 1 })
  const { pages } = await proposed(network)
  assert.equal(pages.length, 1)
  for (const name of ['a', 'b']) await sign(network, name)
  const { inForce } = await network.operator(hubEndpoints.getStatement, november)
  assert.equal(inForce?.signatures.length, 3)
})

test('a node that knows no pages is told to upgrade, and the statement waits for it', async () => {
  const { network, statement } = await openTwoPages()
  await using _ = network
  await sign(network, 'b')
  const { key } = network.identity('a')
  const older = createCaller({
    base: network.hub.url,
    fetch,
    key,
    nowMs: Date.now,
    support: { version: '0.1.0', wire: 1, wireMin: 1 },
  })
  const strict = z.object({ document: z.strictObject({ usage: z.string() }) })
  const { method, path, params, query } = hubEndpoints.getStatement
  const asItWas = endpoint({
    ...{ method, path, params, query, summary: 'Before there were pages', access: 'reader' },
    result: z.object({ inForce: z.null(), proposed: strict.nullable() }),
  })
  await assert.rejects(older(asItWas, november), {
    code: 'version-unsupported',
    message: /does not know/,
    hint: /Upgrade the caller/,
  })
  const { proposed: waits, inForce } = await network.operator(hubEndpoints.getStatement, november)
  assert.deepEqual([waits?.document, inForce], [statement, null])
  assert.equal((await sign(network, 'a')).inForce?.signatures.length, 3)
})

test('an exported statement is worked out anew offline, and any change of it is found', async () => {
  const { network } = await openTwoPages()
  await using _ = network
  const file = join(network.directory, 'november.jsonl')
  const hub = join(network.directory, 'hub')
  await sign(network, 'a')
  const written = await consort('--data', hub, 'statement', 'export', '2026-11', file)
  assert.equal(written.code, 0, written.err)
  const verify = async (lines: readonly string[]) => {
    writeFileSync(file, lines.join('\n'))
    return await consort('statement', 'verify', file, '--json')
  }
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  const [head, first, second] = lines as [string, string, string]
  const { out } = await verify(lines)
  const found = JSON.parse(out)
  assert.deepEqual([found.holds, found.pages, found.signed, found.unsigned], [true, 2, ['a'], ['b']])
  const changes: [string[], RegExp][] = [
    [[head, second, first], /not the one that the statement names/],
    [[head, first], /ends before page 2/],
    [[head, first.replace('2026-11-03', '2026-11-04'), second], /says events/],
    [[head.replace(/"revenue":\d/, '"revenue":8'), first, second], /signature of the hub/],
    [[head.replace('"answerPrice":', '"answerPrice":1'), first, second], /agreement|signature|terms/],
    [[first], /line/],
    [[], /empty/],
  ]
  for (const [changed, message] of changes) {
    const { code, err } = await verify(changed)
    assert.equal(code, 3, err)
    assert.match(err, message)
  }
})
