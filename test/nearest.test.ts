import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { dataSourceSchema, readDataset, recordDigests, splitByDigests } from '@consort/data'
import { type CaseView, type Id, nodeEndpoints, Refusal, type RefusalCode } from '@consort/protocol'
import { type Asking, freshRecords, holderOf, joinPartners, putTriage, review, trainModel } from './asking.ts'
import { type Network, openNetwork } from './network.ts'

/** One network for all tests, whose agent has too few held-out records to answer anything alone. */
let network: Network
let asking: Asking
let skewMs = 0
before(async () => {
  network = await openNetwork({ nodeParts: { now: () => new Date(Date.now() + skewMs) } })
  await joinPartners(network, { rows: 200, validation: 0.3 })
  asking = await putTriage(network, await trainModel(network))
  assert.equal(asking.agent.gate.kind, 'closed')
})
after(() => network[Symbol.asyncDispose]())

interface Row {
  readonly cells: { readonly x: number; readonly y: number }
  readonly label: string
}

const file = () => join(network.directory, 'a.csv')
const ann = () => holderOf(network, 'a', asking.expert.key)
const operator = () => network.callNode('a')
const nearest = (id: Id<'case'>, call = ann()) => call(nodeEndpoints.listNearest, { params: { case: id } })
const begin = async (id: Id<'case'>): Promise<void> => {
  const body = { stage: 'first', class: 'ill' } as const
  await ann()(nodeEndpoints.answerReview, { params: { case: id }, body })
}
const roleOf = async ({ id }: CaseView) =>
  (await operator()(nodeEndpoints.explainCase, { params: { case: id } })).role

function rowsOf(): Row[] {
  const lines = readFileSync(file(), 'utf8').trim().split('\n').slice(1)
  return lines.map(line => {
    const [x, y, label] = line.split(',') as [string, string, string]
    return { cells: { x: Number(x), y: Number(y) }, label }
  })
}

/** The file's records by the side that the node's key has put them on. */
async function sidesOf(): Promise<{ train: Row[]; heldOut: Row[] }> {
  const rows = rowsOf()
  const key = readFileSync(join(network.nodeConfig('a').dataPath, 'split.key'))
  const data = await readDataset(dataSourceSchema.parse({ kind: 'csv', path: file(), label: 'state' }))
  const { train, validation } = splitByDigests(Buffer.concat(recordDigests(data, key)), 0.3)
  return { train: [...train].map(row => rows[row]!), heldOut: [...validation].map(row => rows[row]!) }
}

/** By the face that any caller may use. */
async function embed(rows: readonly Row['cells'][]): Promise<number[][]> {
  const response = await fetch(`${network.nodes.get('a')!.url}/v1/embeddings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${asking.application.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'triage', input: rows.map(cells => JSON.stringify(cells)) }),
  })
  const { data } = (await response.json()) as { data: { embedding: number[] }[] }
  return data.map(({ embedding }) => embedding)
}

/** All distances, sorted. */
async function byHand(cells: Row['cells'], among: readonly Row[]) {
  const [own, ...others] = await embed([cells, ...among.map(row => row.cells)])
  return among
    .map((row, index) => ({
      ...row,
      distance: Math.hypot(...own!.map((value, at) => others[index]![at]! - value)),
    }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
}

async function assertNearest(id: Id<'case'>, expected: Awaited<ReturnType<typeof byHand>>): Promise<void> {
  const { examples } = await nearest(id)
  assert.deepEqual(
    examples.map(({ record, label }) => ({ record, label })),
    expected.map(({ cells, label }) => ({ record: { kind: 'row', cells }, label })),
  )
  for (const [index, { distance }] of examples.entries())
    assert.ok(Math.abs(distance - expected[index]!.distance) < 1e-5)
}

async function assertRefused(call: Promise<unknown>, code: RefusalCode): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof Refusal && error.hint, String(error))
    assert.equal(error.code, code)
    return true
  })
}

test('the three nearest of the records that train, by the model’s own embedding, with their labels', async () => {
  const { train, heldOut } = await sidesOf()
  assert.ok(train.length > 100 && heldOut.length > 30)
  for (const { cells } of freshRecords(network, 5)) {
    const { id } = await asking.ask(cells)
    await begin(id)
    await assertNearest(id, await byHand(cells, train))
  }
  // Asked about a held-out record, it would find that very one if it looked among those.
  const [{ cells }] = heldOut as [Row]
  const { id } = await asking.ask(cells)
  await begin(id)
  await assert.rejects(assertNearest(id, await byHand(cells, rowsOf())))
  await assertNearest(id, await byHand(cells, train))
})

test('nobody sees them before a first answer, nobody but who gave it and the operator after it, no application ever', async () => {
  const { id } = await asking.ask({ x: 0.2, y: 0.1 })
  for (const call of [ann(), operator()]) await assertRefused(nearest(id, call), 'state-conflict')
  await begin(id)
  const { examples } = await nearest(id)
  assert.equal(examples.length, 3)
  assert.deepEqual(await nearest(id, operator()), { examples })
  const body = { name: 'ben', holder: 'expert' } as const
  const { key } = await operator()(nodeEndpoints.createAccessKey, { body })
  await assertRefused(nearest(id, holderOf(network, 'a', key)), 'state-conflict')
  await assertRefused(nearest(id, holderOf(network, 'a', asking.application.key)), 'not-allowed')
  const response = await fetch(`${network.nodes.get('a')!.url}/v1/reviews/${id}/nearest`, {
    headers: { authorization: `Bearer ${asking.application.key}` },
  })
  assert.equal(response.status, 403)
  assert.ok(!/"label"|"cells"/.test(await response.text()))
  await assertRefused(nearest(`${id.slice(0, -4)}zzzz` as typeof id), 'not-found')
  const taken = await asking.ask({ x: 0.3, y: 0.1 })
  await begin(taken.id)
  const application = holderOf(network, 'a', asking.application.key)
  await application(nodeEndpoints.cancelCase, { params: { case: taken.id } })
  await assertRefused(nearest(taken.id), 'state-conflict')
})

test('cases that people answered are among them if they train, with the person’s label; never the case itself', async () => {
  const answered = new Map<string, { view: CaseView; cells: Row['cells'] }>()
  for (let turn = 0; answered.size < 3 && turn < 200; turn++) {
    const cells = { x: 5 + turn / 100, y: 5 }
    const view = await asking.ask(cells)
    const role = (await roleOf(view))!
    if (!answered.has(role)) answered.set(role, { view, cells })
  }
  const { train } = await sidesOf()
  for (const { view } of answered.values()) await review(ann(), view.id, 'ill', 'well')
  const learnt = answered.get('train')!
  for (const [role, { cells, view }] of answered) {
    const again = await asking.ask(cells)
    await begin(again.id)
    const known = [{ cells: learnt.cells, label: 'well' }, ...train]
    await assertNearest(again.id, await byHand(cells, known))
    const { examples } = await nearest(view.id)
    const isItself = examples.some(({ distance }) => distance === 0)
    assert.equal(isItself, false, `a closed case of the role ${role} is not its own neighbour`)
  }
})

test('a file that has changed is not shown for longer than an hour: then it is refused until it is registered again', async () => {
  const { id } = await asking.ask({ x: -1, y: 0.5 })
  await begin(id)
  const before = await nearest(id)
  const text = readFileSync(file(), 'utf8')
  const { record } = before.examples[0]!
  assert.ok(record.kind === 'row')
  const [x, y] = [Number(record.cells.x), Number(record.cells.y)]
  const gone = text.split('\n').filter(line => !line.startsWith(`${x.toFixed(4)},${y.toFixed(4)},`))
  assert.equal(gone.length, text.split('\n').length - 1)
  writeFileSync(file(), gone.join('\n'))
  assert.deepEqual(await nearest(id), before, 'held in memory')
  skewMs += 3_600_001
  await assertRefused(nearest(id), 'data-changed')
  writeFileSync(file(), text)
  assert.deepEqual(await nearest(id), before, 'a refusal is not remembered')
  writeFileSync(file(), gone.join('\n'))
  const source = { kind: 'csv', path: file(), label: 'state' } as const
  await network.addDataset('a', { dataset: 'plane', source, validation: 0.3 })
  const { examples } = await nearest(id)
  assert.ok(
    examples.every(({ record }) => JSON.stringify(record) !== JSON.stringify(before.examples[0]!.record)),
  )
  assert.deepEqual(examples.slice(0, 2), before.examples.slice(1))
})
