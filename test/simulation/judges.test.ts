import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { noLoss } from '@consort/privacy'
import {
  createKeyPair,
  digestOfDocument,
  digestOfJson,
  Refusal,
  type Statement,
  signDocument,
  statementSchema,
} from '@consort/protocol'
import { z } from 'zod'
import { checkCases } from './check-cases.ts'
import { checkCharges } from './check-charges.ts'
import { checkLedgers } from './check-ledgers.ts'
import { checkRuns } from './check-runs.ts'
import { checkSignatures } from './check-signatures.ts'
import { watchOpenedShares } from './watch-opened-shares.ts'

interface Rows {
  readonly hub?: readonly string[]
  readonly node?: readonly string[]
}

/** What a judge says of a hub and a node `a` with these rows, and of people who were told this. */
async function wrongs(
  judge: (ended: never) => void | Promise<void>,
  { hub = [], node = [], ...ended }: Readonly<Record<string, unknown>> & Rows,
): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'consort-judges-'))
  try {
    const machines = new Map(['a', 'hub'].map(name => [name, { name, root: join(directory, name) }]))
    for (const [name, rows, tables] of [
      ['a', node, nodeTables],
      ['hub', hub, hubTables],
    ] as const) {
      mkdirSync(join(directory, name))
      writeFileSync(join(directory, name, 'node.key'), key.toPem())
      const database = new DatabaseSync(join(directory, name, name === 'a' ? 'node.sqlite' : 'hub.sqlite'))
      for (const line of [...tables, ...rows]) database.exec(line)
      database.close()
    }
    const said: string[] = []
    const onWrong = (what: string): void => void said.push(what)
    const world = { note() {} }
    await judge({ machines, world, prepared: { directory }, onWrong, ...ended } as never)
    return said
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const key = createKeyPair()
const usage = 'create table usage (id, signed)'
const nodeTables = [
  usage,
  'create table access_account (queries_spent, queries_held)',
  'create table asked_case (id)',
  'create table plain_answer (id, guarantee)',
  'create table access_reservation (id)',
  'create table privacy_release (task, release, settled, loss)',
  'create table privacy_ledger (ledger)',
  'create table privacy_mark (counter)',
  'create table event (seq integer primary key, text)',
]
const hubTables = [
  usage,
  'create table member (id, name)',
  'create table privacy_mark (member, counter)',
  'create table countersigned (digest, kind, document)',
  'create table countersignature (digest, key, signature)',
]

const insert = (table: string, ...values: readonly (string | number)[]): string => {
  const written = values.map(value =>
    typeof value === 'number' ? value : `'${value.replaceAll("'", "''")}'`,
  )
  return `insert into ${table} values (${written.join(', ')})`
}
const used = (id: string, about: string): string =>
  insert('usage', id, JSON.stringify({ document: { case: about } }))
const answered = { id: 'one', key: 'k', state: 'answered', answer: 'yes', after: [1] }

test('cases: what was lost, changed, doubled, or answered under a promise that was withdrawn', async () => {
  const judged = async (
    cases: readonly object[],
    { views = {}, promise = 2 }: { views?: Record<string, string>; promise?: number } = {},
  ) => {
    const application = async (_: unknown, { params }: { params: { case: string } }) => {
      const found = { one: 'yes', ...views }[params.case]
      if (found === undefined) throw new Refusal('not-found', 'no such case')
      return { answer: found === '' ? null : { class: found } }
    }
    const acknowledged = { cases, reviewed: [{ id: 'two', class: 'no' }] }
    const node = [insert('plain_answer', 'one', promise)]
    return await wrongs(checkCases, { node, people: { acknowledged, application } })
  }
  const waiting = { ...answered, id: 'two', key: 'l', state: 'waiting', answer: null }
  assert.deepEqual(await judged([answered, waiting], { views: { two: 'no' } }), [])
  assert.match((await judged([answered, { ...waiting, key: 'k' }])).join(), /one question became two/)
  assert.match((await judged([waiting])).join(), /two was acknowledged and is lost/)
  assert.match((await judged([answered], { views: { one: 'no' } })).join(), /answered yes, and says no/)
  assert.match((await judged([answered], { views: { one: '' } })).join(), /answered yes, and says undefined/)
  assert.match((await judged([waiting], { views: { two: 'yes' } })).join(), /answered no, and says yes/)
  assert.match((await judged([answered], { promise: 1 })).join(), /under promise 1, which was withdrawn/)
})

test('charges: one that is missing, doubled, told to nobody, or of nobody’s', async () => {
  const [node, hub] = [[used('u1', 'one')], [used('u1', 'one')]]
  const books = [insert('plain_answer', 'one', 1), insert('access_account', 1, 0)]
  const judged = async (rows: { node?: readonly string[]; hub?: readonly string[] }, own = books) => {
    const people = { acknowledged: { cases: [answered], reviewed: [] } }
    const all = { hub: rows.hub ?? hub, node: [...(rows.node ?? node), ...own] }
    return (await wrongs(checkCharges, { ...all, people })).join()
  }
  assert.equal(await judged({}), '')
  const twice = [...node, used('u2', 'one')]
  assert.match(await judged({ node: twice, hub: twice }), /one is charged 2 times/)
  assert.match(await judged({ node: [], hub: [] }), /one was answered and is not charged/)
  assert.match(await judged({ hub: [...hub, ...hub] }), /the hub has a usage event twice/)
  assert.match(await judged({ hub: [] }), /u1 was never told to the hub/)
  assert.match(await judged({ hub: [...hub, used('u9', 'x')] }), /u9, which its node has lost/)
  assert.match(await judged({}, [books[0]!]), /0 queries are spent for 1 cases/)
  assert.match(await judged({}, [books[0]!, insert('access_account', 1, 1)]), /stays set aside/)
})

test('ledgers: a release that is not charged, or twice, and books that the hub knows better', async () => {
  const release = { machine: 'a', task: 't', what: 'update', text: 'x' }
  const charge = insert('privacy_release', 't', 'r', 1, JSON.stringify(noLoss))
  const judged = async (charges: number, { counter = charges, signed = charges } = {}) => {
    const node = [...Array(charges).fill(charge), insert('privacy_mark', counter)]
    const hub = [insert('member', 'm', 'a'), insert('privacy_mark', 'm', signed)]
    return (
      await wrongs(checkLedgers, { node, hub, people: {}, ...{ budgeted: ['a'], released: [release] } })
    ).join()
  }
  assert.equal(await judged(1), '')
  assert.match(await judged(0), /has told 1 things for t and was charged for 0/)
  assert.match(await judged(2), /was charged 2 times for t/)
  assert.match(await judged(1, { counter: 2 }), /counts 2 reservations and has 1/)
  assert.match(await judged(1, { signed: 2 }), /signed for reservations that a has lost/)
})

test('runs: one order twice, one that was cancelled and goes on, and what no run may end by', async () => {
  const views = new Map<string, object>()
  const view = (id: string, more: object = {}) =>
    views.set(id, { id, phase: 'cancelled', round: 1, reason: '', history: [], ...more })
  const run = (id: string, key = id) => ({ id, key, isSecure: false })
  const judged = async (runs: readonly object[], cancelled: readonly string[] = []) => {
    const operator = async (_: unknown, { params }: { params: { run: string } }) => {
      const found = views.get(params.run)
      if (!found) throw new Refusal('not-found', 'no such run')
      return found
    }
    return (await wrongs(checkRuns, { people: { acknowledged: { runs, cancelled }, operator } })).join()
  }
  view('one')
  view('two', { phase: 'failed' })
  assert.equal(await judged([run('one'), run('two')], ['one']), '')
  assert.match(await judged([run('one'), run('two', 'one')]), /one order opened two runs/)
  assert.match(await judged([run('two')], ['two']), /two was cancelled and is not/)
  assert.match(await judged([run('three')]), /three was acknowledged and is lost/)
  const failure = { code: 'privacy-budget-exceeded' }
  view('two', { phase: 'failed', history: [{ round: 1, members: [{ name: 'a', failure }] }] })
  assert.match(await judged([run('two')]), /of a in round 1 of two failed with privacy-budget-exceeded/)
  view('two', { phase: 'failed', reason: 'a fault of the hub: internal' })
  assert.match(await judged([run('two')]), /two ended: a fault/)
  view('two', { phase: 'done', result: null })
  assert.match(await judged([run('two')]), /done and has no result/)
})

const fixture = new URL('../../packages/agreements/fixtures/first-wording.json', import.meta.url)
const { statement } = z
  .object({ statement: z.object({ document: statementSchema }) })
  .parse(JSON.parse(readFileSync(fixture, 'utf8')))

test('signatures: lost, not holding, not in the log, two agreements of a number, and fewer answers', async () => {
  const counting = (answers: number): Statement => {
    const [first, ...others] = statement.document.lines
    return statementSchema.parse({ ...statement.document, lines: [{ ...first, answers }, ...others] })
  }
  const [few, many] = [counting(1), counting(2)]
  const kept = (document: Statement, by = document) => [
    insert('countersigned', digestOfDocument(document), 'statement', JSON.stringify(document)),
    insert('countersignature', digestOfDocument(document), key.publicKey, signDocument(by, key).signature),
  ]
  let seq = 0
  const logged = (kind: string, body: object) => insert('event', ++seq, JSON.stringify({ kind, body }))
  const signed = (document: Statement) =>
    logged('statement-signed', { statement: digestOfDocument(document), month: document.month })
  const shown = [{ kind: 'statement', document: digestOfDocument(few), key: key.publicKey }]
  const judged = async (hub: readonly string[], node: readonly string[]) =>
    (await wrongs(checkSignatures, { hub, node, people: { acknowledged: { signatures: shown } } })).join()
  assert.equal(await judged([...kept(few), ...kept(many)], [signed(few), signed(many)]), '')
  assert.match(await judged([], [signed(few)]), /was shown and is lost/)
  assert.match(await judged(kept(few, many), [signed(few)]), /was shown and does not hold/)
  assert.match(await judged(kept(few), []), /log does not say so/)
  const fewer = await judged([...kept(few), ...kept(many)], [signed(many), signed(few)])
  assert.match(fewer, /a signs a statement with fewer answers/)
  const agreements = ['x', 'y'].map(of =>
    logged('agreement-signed', { version: 2, agreement: digestOfJson(of) }),
  )
  assert.match(await judged(kept(few), [signed(few), ...agreements]), /a signs two agreements as version 2/)
  assert.equal(await judged(kept(few), [signed(few), agreements[0]!]), '')
})

test('shares: both secrets of a dealer in one sum, and other shares than before', () => {
  const said: string[] = []
  const watch = watchOpenedShares(what => said.push(what))
  const open = (member: string, of: string, context: string) => {
    const share = { dealer: 'd', of, share: octets(32), signature: octets(64) }
    const message = { kind: 'opened-shares', context: digestOfJson(context), member, shares: [share] }
    const body = Buffer.from(JSON.stringify(message))
    watch({ machine: member, method: 'POST', path: '/v1/runs/r/aggregation', body })
  }
  open('a', 'mask-key', 'one')
  open('a', 'mask-key', 'one')
  open('b', 'mask-key', 'one')
  open('a', 'self-mask', 'two')
  assert.deepEqual(said, [])
  open('c', 'self-mask', 'one')
  assert.match(said.splice(0).join(), /^both secrets of d are opened in one sum$/)
  open('b', 'self-mask', 'two')
  assert.deepEqual(said, [])
  open('b', 'mask-key', 'two')
  assert.match(said.join(), /both secrets of d.*b opens other shares than it has opened before/)
})

const octets = (count: number): string => Buffer.alloc(count, 7).toString('base64url')
