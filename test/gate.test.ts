import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { type AgentView, type CaseView, type Input, nodeEndpoints } from '@consort/protocol'
import {
  type Asking,
  freshRecords,
  holderOf,
  joinPartners,
  putTriage,
  rarely,
  review,
  sure,
  trainModel,
  unsure,
  unwatched,
} from './asking.ts'
import { openMovedClock } from './moved-clock.ts'
import { type Network, openNetwork } from './network.ts'
import { wholeLog } from './whole-log.ts'

/** One network for all tests; each puts the agent anew, with a promise of its own. */
let network: Network
let first: Asking
const clock = openMovedClock()
before(async () => {
  network = await openNetwork({ nodeParts: { now: clock.now } })
  await joinPartners(network, { rows: 800, validation: 0.2 })
  first = await putTriage(network, await trainModel(network))
})
after(() => network[Symbol.asyncDispose]())

type Rules = Partial<Input<typeof nodeEndpoints.putAgent>['body']>

/** The agent of the test that runs: what happens to one of another test must not be carried over. */
let params = { agent: 'triage' }

/** Another agent, or the same with other rules. */
async function put(rules: Rules, agent = `triage-${crypto.randomUUID().slice(0, 8)}`): Promise<Asking> {
  params = { agent }
  const body = { version: first.version, dataset: 'plane', audit: rarely, ...unwatched, ...rules }
  const view = await operator()(nodeEndpoints.putAgent, { params, body })
  const call = () => holderOf(network, 'a', first.application.key)
  return {
    ...first,
    agent: view,
    ask(cells) {
      const record = { kind: 'row', cells: cells as Record<string, number> } as const
      return call()(nodeEndpoints.askAgent, {
        params: { agent },
        body: { record, idempotencyKey: crypto.randomUUID() },
      })
    },
  }
}

const operator = () => network.callNode('a')
const expertOf = (asking: Asking) => holderOf(network, 'a', asking.expert.key)
const entries = (kind: string): Record<string, unknown>[] =>
  wholeLog(`${network.nodeConfig('a').dataPath}/node.sqlite`)
    .map(text => JSON.parse(text))
    .filter(entry => entry.kind === kind)
    .map(({ body }) => body)

async function agentNow(): Promise<AgentView> {
  const { agents } = await operator()(nodeEndpoints.listAgents)
  return agents.find(({ agent }) => agent === params.agent)!
}

function rolesOf(guarantee: number): string[] {
  const database = new DatabaseSync(`${network.nodeConfig('a').dataPath}/node.sqlite`)
  const rows = database.prepare('select role, decision from asked_case').all() as {
    role: string
    decision: string
  }[]
  database.close()
  return rows.filter(({ decision }) => JSON.parse(decision).guarantee === guarantee).map(({ role }) => role)
}

const report = () => operator()(nodeEndpoints.reportAgent, { params })

async function roleOf(view: CaseView): Promise<string | null> {
  const origin = await operator()(nodeEndpoints.explainCase, { params: { case: view.id } })
  return origin.role
}

/** A promise that the held-out records are enough for. */
const lenient = { alpha: 0.2, delta: 0.1 }

/** One that starts from nothing. */
async function putClosed(): Promise<Asking> {
  const asking = await put(lenient)
  const { number } = asking.agent.guarantee
  const body = { reason: 'drift', number } as const
  return {
    ...asking,
    agent: await operator()(nodeEndpoints.withdrawGuarantee, { params, body }),
  }
}

test('labels of deferred cases open the gate, those of the role calibrate alone; the agent says how many are missing', async () => {
  const asking = await putClosed()
  const { gate } = asking.agent
  assert.ok(gate.kind === 'closed' && gate.labels === 0 && gate.labelsNeeded > 0, JSON.stringify(gate))
  let now: AgentView = asking.agent
  let asked = 0
  for (const { cells, label } of freshRecords(network, 1000)) {
    const view = await asking.ask(cells)
    assert.deepEqual([view.state, view.reason], ['deferred', 'gate-closed'])
    await review(expertOf(asking), view.id, label)
    asked += 1
    now = await agentNow()
    if (now.gate.kind === 'open') break
  }
  assert.ok(now.gate.kind === 'open', JSON.stringify(now.gate))
  const answered = await asking.ask(sure)
  assert.deepEqual([answered.state, answered.threshold], ['answered', now.gate.threshold])
  const moves = entries('gate-moved')
  assert.deepEqual(
    [moves.at(-1)!.threshold, moves.at(-1)!.number],
    [now.gate.threshold, now.guarantee.number],
  )
  const told = await report()
  assert.deepEqual([told.answered, told.deferred, told.gate], [1, asked, now.gate])
  assert.deepEqual(told.labels, { heldOut: 0, deferred: asked, audited: 0, awaited: 0 })
  const weighed = rolesOf(asking.agent.guarantee.number).filter(role => role === 'calibrate').length
  assert.equal(now.gate.labels, weighed)
  assert.ok(weighed < asked)
})

test('a label waits for those of earlier cases', async () => {
  const asking = await putClosed()
  const waiting: CaseView[] = []
  for (const { cells } of freshRecords(network, 200)) {
    const view = await asking.ask(cells)
    if ((await roleOf(view)) === 'calibrate') waiting.push(view)
    if (waiting.length === 2) break
  }
  const { labels } = (await agentNow()).gate
  await review(expertOf(asking), waiting[1]!.id, 'ill')
  assert.equal((await agentNow()).gate.labels, labels)
  assert.equal((await report()).labels.awaited, 1)
  await review(expertOf(asking), waiting[0]!.id, 'ill')
  assert.equal((await agentNow()).gate.labels, labels + 2)
})

test('some answers are looked at afterwards: after what waits, unseen by the caller unless a person says otherwise', async () => {
  // of two classes that seem equally likely neither is worth the risk
  const costs = { error: 1, price: 0.2, waiting: 0 }
  const asking = await put({ ...lenient, costs, audit: { shareMin: 1 } })
  const callers = holderOf(network, 'a', asking.application.key)
  const answered = await asking.ask(sure)
  const deferred = await asking.ask(unsure)
  assert.deepEqual([answered.state, deferred.state], ['answered', 'deferred'])
  const { open } = await expertOf(asking)(nodeEndpoints.listReviews)
  assert.ok(open.indexOf(deferred.id) < open.indexOf(answered.id) && open.includes(answered.id))
  const params = { case: answered.id }
  const blind = await expertOf(asking)(nodeEndpoints.getReview, { params })
  assert.deepEqual([blind.suggestion, blind.state], [null, 'deferred'])
  const spent = () => operator()(nodeEndpoints.listAccessKeys)
  const before = await spent()
  const { suggestion } = await review(expertOf(asking), answered.id, 'ill', 'well')
  assert.deepEqual([suggestion!.reason, suggestion!.among], ['sure-enough', ['ill']])
  const corrected = await callers(nodeEndpoints.getCase, { params, query: {} })
  assert.deepEqual(
    [corrected.answer, corrected.reason, corrected.revision],
    [{ class: 'well', by: 'expert' }, 'expert-corrected', 2],
  )
  assert.deepEqual(await spent(), before, 'it was paid for when it was answered')
  const agreed = await asking.ask({ x: 3.1, y: -1.5 })
  await review(expertOf(asking), agreed.id, 'ill')
  const view = await callers(nodeEndpoints.getCase, { params: { case: agreed.id }, query: {} })
  assert.deepEqual([view.answer, view.revision], [{ class: 'ill', by: 'agent' }, 1])
  await assert.rejects(callers(nodeEndpoints.cancelCase, { params: { case: agreed.id } }), {
    code: 'state-conflict',
  })
})

test('ten accounts that click "right" move nothing, nor do ten that click "wrong"', async () => {
  const asking = await put(lenient)
  const before = await agentNow()
  let answered = 0
  const records = freshRecords(network, 100)
  for (const [index, verdict] of [...Array(10).fill('right'), ...Array(10).fill('wrong')].entries()) {
    const body = { name: `fake-${index}`, holder: 'application' } as const
    const { key } = await operator()(nodeEndpoints.createAccessKey, { body })
    const fake = holderOf(network, 'a', key)
    for (const [turn, { cells }] of records.slice(5 * index, 5 * index + 5).entries()) {
      const question = {
        record: { kind: 'row', cells },
        idempotencyKey: `${index}-${turn}-00000000`,
      } as const
      const view = await fake(nodeEndpoints.askAgent, { params, body: question })
      if (view.answer === null) continue
      answered += 1
      const other = view.answer.class === 'ill' ? 'well' : 'ill'
      const said = { verdict, label: verdict === 'right' ? view.answer.class : other }
      await fake(nodeEndpoints.giveFeedback, { params: { case: view.id }, body: said })
    }
  }
  assert.ok(answered > 50)
  assert.deepEqual(await agentNow(), before)
  assert.equal((await report()).risk, null, 'what callers say is no estimate either')
  assert.equal((await report()).answered, answered)
  assert.ok(asking.agent.gate.kind === 'open')
})

test('spot checks that find errors withdraw the promise: everything is deferred, also after a restart, until new labels come', async () => {
  const asking = await put({ ...lenient, audit: { shareMin: 1 } })
  assert.equal(asking.agent.gate.kind, 'open')
  for (const { cells, label } of freshRecords(network, 400)) {
    const { id, answer } = await asking.ask(cells)
    await review(expertOf(asking), id, answer === null ? label : answer.class === 'ill' ? 'well' : 'ill')
    if ((await agentNow()).guarantee.number !== asking.agent.guarantee.number) break
  }
  const { guarantee, gate } = await agentNow()
  assert.deepEqual(
    [guarantee.number, guarantee.after?.reason, gate.kind, gate.labels],
    [asking.agent.guarantee.number + 1, 'drift', 'closed', 0],
  )
  const entry = entries('guarantee-withdrawn').at(-1)!
  assert.deepEqual([entry.reason, entry.number], ['drift', asking.agent.guarantee.number])
  const view = await asking.ask(sure)
  assert.deepEqual([view.state, view.reason, view.threshold], ['deferred', 'gate-closed', null])
  await network.stopNode('a')
  await network.startNode('a')
  assert.deepEqual((await agentNow()).guarantee, guarantee)
  const again = await asking.ask(sure)
  assert.equal(again.state, 'deferred')
})

test('a label that never comes counts as wrong, and one that comes too late changes nothing', async () => {
  const labelSeconds = 600
  const labelDays = labelSeconds / 86_400
  const asking = await put({ ...lenient, audit: { shareMin: 1 }, labelDays })
  const views: CaseView[] = []
  for (const { cells } of freshRecords(network, 150)) views.push(await asking.ask(cells))
  clock.pass(labelSeconds + 1)
  const { guarantee } = await agentNow()
  for (const { id, answer } of views.slice(0, 20)) await review(expertOf(asking), id, answer?.class ?? 'ill')
  const { guarantee: next } = await agentNow()
  assert.deepEqual([next.number, next.after?.reason], [guarantee.number + 1, 'drift'])
})

test('cases that look otherwise than those before withdraw the promise without a label', async () => {
  const asking = await put({ ...lenient, watchPopulation: true })
  const { number } = asking.agent.guarantee
  let asked = 0
  while ((await agentNow()).guarantee.number === number && asked++ < 30) {
    await Promise.all(
      Array.from({ length: 20 }, () => asking.ask({ x: Math.random() / 10, y: Math.random() / 10 })),
    )
  }
  const { guarantee, gate } = await agentNow()
  assert.deepEqual([guarantee.after?.reason, gate.kind], ['new-population', 'closed'])
})

test('the operator closes the gate by hand, once; no put and no challenger opens it with what was held out', async () => {
  const asking = await put(lenient)
  const { number } = asking.agent.guarantee
  const close = (one: number) => {
    const body = { reason: 'new-population', number: one } as const
    return operator()(nodeEndpoints.withdrawGuarantee, { params, body })
  }
  const closed = await close(number)
  assert.deepEqual([closed.gate.kind, closed.guarantee.number], ['closed', number + 1])
  assert.deepEqual(await close(number), closed)
  const { agent, gate, guarantee } = (await put(lenient, closed.agent)).agent
  assert.deepEqual(
    [agent, gate.kind, gate.labels, guarantee.after],
    [closed.agent, 'closed', 0, closed.guarantee.after],
  )
  await assert.rejects(close(number + 9), { code: 'state-conflict', path: 'number' })
  assert.equal((await asking.ask(sure)).reason, 'gate-closed')
})

test('what ends the promise of an agent ends that of its challenger', async () => {
  const other = await trainModel(network)
  const asking = await put(lenient)
  const tried = await operator()(nodeEndpoints.putChallenger, {
    params,
    body: { version: other, share: 0.5 },
  })
  assert.deepEqual([tried.gate.kind, tried.challenger!.gate.kind], ['open', 'open'])
  const body = { reason: 'drift', number: tried.guarantee.number } as const
  const { challenger } = await operator()(nodeEndpoints.withdrawGuarantee, { params, body })
  assert.deepEqual([challenger!.gate.kind, challenger!.guarantee.after?.reason], ['closed', 'drift'])
  for (let asked = 0; asked < 10; asked++) assert.equal((await asking.ask(sure)).reason, 'gate-closed')
})

/** δ is shared out among seven stages. */
const easy = { alpha: 0.2, delta: 0.9 }

test('what is drawn is explored less with experience, and the promise is weighed anew for each stage', async () => {
  const costs = { error: 1, price: 0.3, waiting: 0 }
  const exploration = { casesToDouble: 20, forbiddenFor: [] as string[] }
  const asking = await put({ ...easy, costs, beta: 5, exploration })
  const { number } = asking.agent.guarantee
  const reasons = new Set<string>()
  const records = freshRecords(network, 100)
  for (const { cells } of records.slice(0, 70)) reasons.add((await asking.ask(cells)).reason)
  assert.ok(reasons.has('drawn') && reasons.has('sure-enough'), [...reasons].join())
  const drawn = entries('case-deferred').filter(
    entry => entry.guarantee === number && entry.reason === 'drawn',
  )
  const chances = drawn.map(({ propensity }) => Number(propensity))
  assert.ok(chances.length > 0 && chances.every(chance => chance > 0), chances.join())
  assert.ok(
    chances.every(chance => chance <= 0.5),
    `of two actions, one that is not the likelier has at most half a chance: ${chances.join()}`,
  )
  const stages = entries('policy-stage').filter(entry => entry.number === number)
  assert.deepEqual(
    stages.map(({ stage }) => stage),
    [1, 2],
  )
  assert.equal(
    (await agentNow()).gate.labels,
    asking.agent.gate.labels,
    'the same labels, for another policy',
  )
  const forbidden = { ...exploration, forbiddenFor: ['ill', 'well'] }
  const { ask } = await put({ ...easy, costs, beta: 5, exploration: forbidden })
  for (const { cells } of records.slice(70)) assert.notEqual((await ask(cells)).reason, 'drawn')
})
