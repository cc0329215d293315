import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test, { after, before } from 'node:test'
import { type Caller, type Id, nodeEndpoints, Refusal, type RefusalCode } from '@consort/protocol'
import {
  type Asking,
  freshRecords,
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
import { type Network, openNetwork } from './network.ts'
import { wholeLog } from './whole-log.ts'

/** One network for all tests: each asks its own cases. */
let network: Network
let asking: Asking
before(async () => {
  network = await openNetwork({ nodeParts: { webhookDelaysMs: [20, 20, 20, 20] } })
  await joinPartners(network)
  asking = await putTriage(network, await trainModel(network))
})
after(() => network[Symbol.asyncDispose]())

const nodeDatabase = (): string => `${network.nodeConfig('a').dataPath}/node.sqlite`
const application = (): Caller => holderOf(network, 'a', asking.application.key)
const expert = (): Caller => holderOf(network, 'a', asking.expert.key)
const operator = (): Caller => network.callNode('a')

async function assertRefused(call: Promise<unknown>, code: RefusalCode, path?: string): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof Refusal, String(error))
    assert.deepEqual([error.code, error.path], [code, path])
    assert.ok(error.hint, `${code} has a hint`)
    return true
  })
}

test('a sure case is answered at once, an unsure one waits for a person', async () => {
  const { gate, calibration } = asking.agent
  assert.ok(gate.kind === 'open' && gate.labels > 300 && gate.threshold > 0.5)
  assert.ok(calibration.records > 1450 && calibration.records < 1750)
  const answered = await asking.ask(sure)
  assert.deepEqual(
    [answered.state, answered.answer, answered.reason, answered.revision],
    ['answered', { class: 'ill', by: 'agent' }, 'sure-enough', 1],
  )
  assert.ok(answered.confidence! >= answered.threshold! && answered.threshold === gate.threshold)
  const deferred = await asking.ask(unsure)
  assert.deepEqual(
    [deferred.state, deferred.answer, deferred.reason, deferred.closed],
    ['deferred', null, 'below-threshold', null],
  )
  const { open } = await expert()(nodeEndpoints.listReviews)
  assert.ok(open.includes(deferred.id) && !open.includes(answered.id))
  const { agents } = await operator()(nodeEndpoints.listAgents)
  assert.deepEqual(agents, [asking.agent])
})

test('the event log names cases and what was decided, never what was asked', async () => {
  const { id } = await asking.ask({ x: 0.023456, y: 0.012345 })
  const log = wholeLog(nodeDatabase())
  const entry = JSON.parse(log.findLast(text => text.includes(id))!)
  assert.deepEqual(Object.keys(entry.body).sort(), [
    'agent',
    'audit',
    'calibrated',
    'case',
    'guarantee',
    'propensity',
    'reason',
    'threshold',
    'version',
  ])
  assert.ok(!log.some(text => /0\.0234|0\.0123/.test(text)))
})

test('what an agent answers alone is logged by the batch, without the record; a change of it is noticed', async () => {
  const cells = { x: 2.345678, y: -1.234567 }
  const views = await Promise.all([1, 2, 3].map(() => asking.ask(cells)))
  const explain = (id: Id<'case'>) => operator()(nodeEndpoints.explainCase, { params: { case: id } })
  const { case: view, role, log, model } = await explain(views[0]!.id)
  assert.deepEqual([view.answer, role, model.version], [views[0]!.answer, null, asking.version])
  const { kind, body } = JSON.parse(log[0]!)
  assert.equal(kind, 'answers-given')
  assert.deepEqual(Object.keys(body).sort(), ['answers', 'digest', 'first', 'last'])
  const database = new DatabaseSync(nodeDatabase())
  const all = database.prepare('select * from plain_answer').all()
  assert.ok(all.length >= 3 && !/2\.345|1\.234/.test(JSON.stringify(all)))
  const change = database.prepare('update plain_answer set text = replace(text, ?, ?) where id = ?')
  assert.equal(change.run('"ill"', '"well"', views[0]!.id).changes, 1)
  await assert.rejects(explain(views[0]!.id), { code: 'log-altered' })
  change.run('"well"', '"ill"', views[0]!.id)
  database.close()
  assert.deepEqual((await explain(views[0]!.id)).log, log)
})

test('an expert answers, and the caller sees it by long poll and by webhook', async () => {
  await using receiver = await openReceiver(asking.application.webhookSecret!)
  const { id, revision } = await asking.ask(unsure, { webhook: receiver.url })
  const query = { after: revision, wait: 25 }
  const polled = application()(nodeEndpoints.getCase, { params: { case: id }, query })
  const { suggestion, finalAnswer, state } = await review(expert(), id, 'well', 'ill')
  assert.deepEqual([state, finalAnswer], ['answered', 'ill'])
  assert.ok(
    suggestion && suggestion.because.length === 2 && suggestion.because.every(({ change }) => change !== 0),
  )
  const view = await polled
  assert.deepEqual(
    [view.state, view.answer, view.reason, view.revision],
    ['answered', { class: 'ill', by: 'expert' }, 'expert-answered', 2],
  )
  assert.ok(view.closed)
  assert.equal(view.confidence, Number(suggestion.confidence.toFixed(2)), 'its key is good for two decimals')
  await receiver.arrived(1)
  const { type, data } = JSON.parse(receiver.deliveries[0]!.body)
  assert.equal(type, 'case.answered')
  assert.deepEqual(data, view)
  assert.ok(receiver.deliveries[0]!.isSigned)
})

test('the suggestion is in no response before the first answer, and in the one to it', async () => {
  const seen: unknown[] = []
  const first = await asking.ask({ x: 0.1, y: 0.03 })
  const params = { case: first.id }
  seen.push(first)
  seen.push(await application()(nodeEndpoints.getCase, { params, query: {} }))
  seen.push(await operator()(nodeEndpoints.getCase, { params, query: {} }))
  seen.push(await expert()(nodeEndpoints.listReviews))
  for (const call of [expert(), operator()]) seen.push(await call(nodeEndpoints.getReview, { params }))
  for (const response of seen as Record<string, unknown>[]) {
    assert.deepEqual(
      [response.confidence ?? null, response.answer ?? null, response.suggestion ?? null],
      [null, null, null],
    )
    assert.ok(!/because|probabilit|logit/.test(JSON.stringify(response)))
  }
  const body = { stage: 'first', class: 'well' } as const
  const answer = await expert()(nodeEndpoints.answerReview, { params, body })
  assert.ok(answer.suggestion && answer.state === 'deferred')
  const other = await operator()(nodeEndpoints.createAccessKey, { body: { name: 'ben', holder: 'expert' } })
  const bens = holderOf(network, 'a', other.key)
  assert.equal((await bens(nodeEndpoints.getReview, { params })).suggestion, null)
  assert.ok(!(await bens(nodeEndpoints.listReviews)).open.includes(first.id))
  await assertRefused(
    bens(nodeEndpoints.answerReview, { params, body: { stage: 'final', class: 'ill' } }),
    'state-conflict',
  )
  const asked = await application()(nodeEndpoints.getCase, { params, query: {} })
  assert.deepEqual([asked.state, asked.answer, asked.confidence], ['deferred', null, null])
})

test('a webhook that the receiver lost twice comes a third time, the same', async () => {
  await using receiver = await openReceiver(asking.application.webhookSecret!)
  receiver.statuses.push(500, 500)
  const { id } = await asking.ask(unsure, { webhook: receiver.url })
  await review(expert(), id, 'well')
  await receiver.arrived(3)
  assert.equal(new Set(receiver.deliveries.map(({ id: message, body }) => message + body)).size, 1)
  assert.ok(receiver.deliveries.every(({ isSigned }) => isSigned))
})

test('a closed case is not answered again, a first answer not changed; repeating is fine', async () => {
  const { id } = await asking.ask(unsure)
  const answer = (stage: 'first' | 'final', label: string) =>
    expert()(nodeEndpoints.answerReview, { params: { case: id }, body: { stage, class: label } })
  await assertRefused(answer('final', 'ill'), 'state-conflict')
  const begun = await answer('first', 'ill')
  assert.deepEqual(await answer('first', 'ill'), begun)
  await assertRefused(answer('first', 'well'), 'state-conflict')
  const closed = await answer('final', 'well')
  assert.deepEqual(await answer('final', 'well'), closed)
  await assertRefused(answer('final', 'ill'), 'state-conflict')
  await assertRefused(answer('first', 'well'), 'state-conflict')
  assert.deepEqual(await expert()(nodeEndpoints.getReview, { params: { case: id } }), closed)
})

test('an answer that is no class of the model is refused', async () => {
  const { id } = await asking.ask(unsure)
  const body = { stage: 'first', class: 'perhaps' } as const
  await assertRefused(
    expert()(nodeEndpoints.answerReview, { params: { case: id }, body }),
    'class-unknown',
    'class',
  )
})

test('a foreign case is nobody else’s business', async () => {
  const answered = await asking.ask(sure)
  const other = await operator()(nodeEndpoints.createAccessKey, {
    body: { name: 'other-app', holder: 'application' },
  })
  const params = { case: answered.id }
  await assertRefused(
    holderOf(network, 'a', other.key)(nodeEndpoints.getCase, { params, query: {} }),
    'not-found',
  )
  await assertRefused(expert()(nodeEndpoints.getReview, { params }), 'not-found')
  const { confidence, ...seen } = await operator()(nodeEndpoints.getCase, { params, query: {} })
  assert.deepEqual({ ...seen, confidence: Number(confidence!.toFixed(2)) }, answered)
})

test('a key opens what it was made for, and nothing else', async () => {
  const { id } = await asking.ask(unsure)
  const params = { case: id }
  await assertRefused(expert()(nodeEndpoints.getCase, { params, query: {} }), 'not-allowed')
  await assertRefused(application()(nodeEndpoints.getReview, { params }), 'not-allowed')
  for (const call of [application(), expert()]) {
    await assertRefused(call(nodeEndpoints.listAgents), 'not-allowed')
    await assertRefused(
      call(nodeEndpoints.createAccessKey, { body: { name: 'me', holder: 'expert' } }),
      'not-allowed',
    )
  }
  for (const key of [`ck_${'A'.repeat(43)}`, 'ck_', '']) {
    await assertRefused(
      holderOf(network, 'a', key)(nodeEndpoints.getCase, { params, query: {} }),
      'caller-unknown',
    )
  }
  await assertRefused(
    operator()(nodeEndpoints.createAccessKey, { body: { name: 'ann', holder: 'expert' } }),
    'name-taken',
  )
  const kept = new DatabaseSync(`${network.nodeConfig('a').dataPath}/node.sqlite`, { readOnly: true })
  const rows = JSON.stringify(kept.prepare('select * from access_key').all())
  kept.close()
  assert.ok(!rows.includes(asking.application.key) && !rows.includes(asking.application.webhookSecret!))
})

test('a record that the model cannot take is refused with its place', async () => {
  await assertRefused(asking.ask({ x: 1 }), 'value-invalid', 'y')
  await assertRefused(asking.ask({ x: 1, y: 'much' }), 'value-invalid', 'y')
  const body = { record: { kind: 'image', file: '' }, idempotencyKey: 'picture-1' } as const
  await assertRefused(
    application()(nodeEndpoints.askAgent, { params: { agent: 'triage' }, body }),
    'value-invalid',
    'record.kind',
  )
  await assertRefused(asking.ask(sure, { webhook: 'http://app.example/hook' }), 'input-invalid', 'webhook')
  const unkeyed = asking.ask(sure, { idempotencyKey: 'short' })
  await assert.rejects(unkeyed, { code: 'input-invalid', hint: /docs\/serving\.md/ })
  const row = { record: { kind: 'row', cells: sure }, idempotencyKey: 'question-0' } as const
  await assertRefused(
    application()(nodeEndpoints.askAgent, { params: { agent: 'nobody' }, body: row }),
    'not-found',
  )
})

test('the same question sent twice is one case, also at the same time; another one is refused', async () => {
  const idempotencyKey = crypto.randomUUID()
  const before = (await expert()(nodeEndpoints.listReviews)).open.length
  const views = await Promise.all([1, 2, 3].map(() => asking.ask(unsure, { idempotencyKey })))
  assert.equal(new Set(views.map(({ id }) => id)).size, 1)
  assert.deepEqual(await asking.ask(unsure, { idempotencyKey }), views[0])
  assert.equal((await expert()(nodeEndpoints.listReviews)).open.length, before + 1)
  await assertRefused(asking.ask(sure, { idempotencyKey }), 'state-conflict', 'idempotencyKey')
})

test('a case’s role is fixed by its record, before anyone knows its label', async () => {
  const records = Array.from({ length: 60 }, (_, index) => ({ x: index / 1000, y: 0 }))
  const views = await Promise.all([...records, ...records].map(record => asking.ask(record)))
  const database = new DatabaseSync(`${network.nodeConfig('a').dataPath}/node.sqlite`, { readOnly: true })
  const find = database.prepare('select role, first_class from asked_case where id = ?')
  const rows = views.map(({ id }) => find.get(id) as { role: string; first_class: null })
  database.close()
  assert.ok(rows.every(({ first_class: label }) => label === null))
  const roles = rows.map(({ role }) => role)
  assert.deepEqual(roles.slice(0, 60), roles.slice(60))
  assert.deepEqual([...new Set(roles)].sort(), ['calibrate', 'test', 'train'])
})

test('the promise holds on records that nobody has seen', async () => {
  const records = freshRecords(network, 500)
  const views = await Promise.all(records.map(({ cells }) => asking.ask(cells)))
  const answered = views.flatMap((view, index) =>
    view.answer ? [{ isRight: view.answer.class === records[index]!.label }] : [],
  )
  const wrong = answered.filter(({ isRight }) => !isRight).length
  assert.ok(answered.length > 100 && answered.length < 500, `${answered.length} were answered`)
  const { alpha } = asking.agent
  const slack = 3 * Math.sqrt((alpha * (1 - alpha)) / answered.length)
  assert.ok(wrong / answered.length <= alpha + slack, `${wrong} of ${answered.length} are wrong`)
})

test('with few labels the gate stays closed, and says how many are missing', async () => {
  await using small = await openNetwork()
  await joinPartners(small, { rows: 60, validation: 0.2 })
  const { agent, ask } = await putTriage(small, await trainModel(small))
  assert.ok(agent.gate.kind === 'closed' && agent.gate.labelsNeeded > 0)
  const view = await ask(sure)
  assert.deepEqual([view.state, view.reason, view.threshold], ['deferred', 'gate-closed', null])
})

test('agents answer only where the agreement lets them, and each answer is metered', async () => {
  await using agreed = await openNetwork()
  await joinPartners(agreed, { rows: 800 })
  await agreed.agree(termsFor(['b']))
  const version = await trainModel(agreed)
  await assertRefused(putTriage(agreed, version), 'agreement-refused', 'use')
  const { ask, expert: bens } = await putTriage(agreed, version, { node: 'b' })
  const { id } = await ask(unsure)
  const params = { params: { case: id } }
  const { schema } = await holderOf(agreed, 'b', bens.key)(nodeEndpoints.getReview, params)
  assert.deepEqual(schema, termsFor(['b']).data[0], 'an expert is told what the fields mean')
  const { schema: again } = await review(holderOf(agreed, 'b', bens.key), id, 'well')
  assert.deepEqual(again, schema)
  const metered = wholeLog(`${agreed.nodeConfig('b').dataPath}/node.sqlite`)
    .map(text => JSON.parse(text))
    .filter(({ kind }) => kind === 'answer-metered')
  assert.deepEqual(
    metered.map(({ body }) => [body.case, body.by]),
    [[id, 'expert']],
  )
  const canary = { x: 2.345678, y: -1.234567 }
  const { asked } = await ask(canary)
  const statement = { params: { month: asked.slice(0, 'yyyy-mm'.length) }, query: {} }
  await assert.rejects(agreed.callNode('b')(nodeEndpoints.confirmStatement, statement), { code: 'not-found' })
  const hubFiles = readdirSync(join(agreed.directory, 'hub'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
  assert.ok(
    hubFiles.some(text => text.includes(id)),
    'the hub knows of the answer',
  )
  assert.ok(!hubFiles.some(text => /2\.345678|1\.234567/.test(text)), 'and nothing of the record')

  await agreed.agree(termsFor(['a']))
  await assertRefused(putTriage(agreed, version, { node: 'b' }), 'agreement-refused', 'use')
  await assertRefused(ask(unsure), 'agreement-refused', 'use')
})

test('another version takes the place of the first, whose cases can still be closed', async () => {
  const waiting = await asking.ask(unsure)
  const version = await trainModel(network)
  const body = { version, dataset: 'plane', alpha: 0.05, delta: 0.1, audit: rarely, ...unwatched }
  const { gate } = await operator()(nodeEndpoints.putAgent, { params: { agent: 'triage' }, body })
  const next = await asking.ask(unsure)
  assert.deepEqual([waiting.version, next.version], [asking.version, version])
  assert.equal(next.threshold, gate.kind === 'open' ? gate.threshold : null)
  assert.equal((await review(expert(), waiting.id, 'ill')).state, 'answered')
})

test('a node that is stopped and started again has lost nothing, needs no hub, and delivers what was left', async () => {
  await using receiver = await openReceiver(asking.application.webhookSecret!)
  receiver.statuses.push(500, 500)
  const idempotencyKey = crypto.randomUUID()
  const waiting = await asking.ask(unsure, { idempotencyKey })
  const lost = await asking.ask(unsure, { webhook: receiver.url })
  const begun = await asking.ask(unsure)
  const first = { params: { case: begun.id }, body: { stage: 'first', class: 'ill' } } as const
  const firstView = await expert()(nodeEndpoints.answerReview, first)
  await review(expert(), lost.id, 'well')
  await receiver.arrived(1)
  await network.stopNode('a')
  await network.hub[Symbol.asyncDispose]()
  await network.startNode('a', { console: app => void app.get('/', async () => 'the page') })
  const kept = new DatabaseSync(`${network.nodeConfig('a').dataPath}/node.sqlite`, { readOnly: true })
  const messages = kept.prepare('select id from webhook where url = ?').all(receiver.url)
  kept.close()
  assert.equal(messages.length, 1, 'the message is still there')
  await receiver.arrived(3)
  assert.equal(new Set(receiver.deliveries.map(({ id }) => id)).size, 1)
  assert.deepEqual(await asking.ask(unsure, { idempotencyKey }), waiting)
  assert.deepEqual(await expert()(nodeEndpoints.getReview, { params: { case: begun.id } }), firstView)
  assert.equal((await asking.ask(sure)).state, 'answered')
  const seen = await application()(nodeEndpoints.getCase, {
    params: { case: lost.id as Id<'case'> },
    query: {},
  })
  assert.deepEqual(seen.answer, { class: 'well', by: 'expert' })
  assert.equal(await (await fetch(network.nodes.get('a')!.url)).text(), 'the page')
})
