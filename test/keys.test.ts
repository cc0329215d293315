import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import {
  type CaseView,
  createCaller,
  documentSignatureHolds,
  isRefusal,
  nodeEndpoints,
  Refusal,
  type RefusalCode,
} from '@consort/protocol'
import {
  type AccessKey,
  type Asking,
  holderOf,
  joinPartners,
  openReceiver,
  putTriage,
  review,
  sure,
  termsFor,
  trainModel,
  unsure,
} from './asking.ts'
import { consort } from './cli-process.ts'
import { type Network, openNetwork } from './network.ts'
import { databaseOf, openServiceKey, usageOf } from './service-keys.ts'
import { wholeLog } from './whole-log.ts'

/** One network for all tests, in which an answer costs 100 cents; each test makes keys of its own. */
let network: Network
let asking: Asking
let skewMs = 0
const price = 100
before(async () => {
  network = await openNetwork({ nodeParts: { now: () => new Date(Date.now() + skewMs) } })
  await joinPartners(network)
  await network.agree(termsFor(['a']))
  asking = await putTriage(network, await trainModel(network))
  assert.equal(asking.agent.gate.kind, 'open')
})
after(() => network[Symbol.asyncDispose]())

type Limits = Partial<AccessKey['limits']>
const openKey = (limits: Limits = {}, node = 'a') => openServiceKey(network, limits, node)
const operator = () => network.callNode('a')
const refused = (code: RefusalCode) => (error: unknown) => isRefusal(error, code)

test('of 200 questions at once, a budget for 50 answers exactly 50, and each is metered by a signed event', async () => {
  for (const limits of [{ minorUnitsPerMonth: 50 * price + 99 }, { queriesPerMonth: 50 }]) {
    const { id, ask, account } = await openKey(limits)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, (_, index) => ask({ x: 3 + index / 1000, y: -1.5 })),
    )
    const answers = outcomes.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    const others = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason] : []))
    assert.deepEqual([answers.length, others.length], [50, 150])
    assert.ok(others.every(refused('budget-spent')))
    const { queries, minorUnits } = await account()
    assert.deepEqual(
      [queries, minorUnits],
      [
        { spent: 50, held: 0 },
        { spent: 50 * price, held: 0 },
      ],
    )
    const usage = usageOf(network, id)
    assert.deepEqual(
      usage.map(({ document }) => document.case).sort(),
      answers.map(answer => answer.id).sort(),
    )
    const { publicKey } = network.identity('a').key
    for (const { document, signatures } of usage) {
      assert.deepEqual(
        signatures.map(({ key }) => key),
        [publicKey],
      )
      assert.ok(documentSignatureHolds(document, signatures[0]!))
      const changed = { ...document, by: 'expert' as const }
      assert.ok(!documentSignatureHolds(changed, signatures[0]!), 'planted: a changed event')
    }
  }
})

test('money waits with a deferred case: an answer spends it, taking the case back frees it', async () => {
  const { ask, account, call, id: key } = await openKey({ minorUnitsPerMonth: 2 * price, queriesPerMonth: 4 })
  const [one, two] = [await ask(unsure), await ask(unsure)]
  assert.deepEqual([one.state, two.state], ['deferred', 'deferred'])
  assert.deepEqual((await account()).minorUnits, { spent: 0, held: 2 * price })
  await assert.rejects(ask(sure), refused('budget-spent'))
  await review(holderOf(network, 'a', asking.expert.key), one.id, 'ill')
  for (let turn = 0; turn < 2; turn++) {
    await call(nodeEndpoints.cancelCase, { params: { case: two.id } })
    const { queries, minorUnits } = await account()
    assert.deepEqual(
      [queries, minorUnits],
      [
        { spent: 2, held: 0 },
        { spent: price, held: 0 },
      ],
    )
  }
  assert.equal((await ask(sure)).state, 'answered')
  await assert.rejects(ask(sure), refused('budget-spent'), 'the money is spent')
  assert.equal(usageOf(network, key).length, 2)
})

test('a deferral told something: a key that only takes its cases back runs out of questions', async () => {
  const { ask, call } = await openKey({ queriesPerMonth: 3 })
  for (let turn = 0; turn < 3; turn++) {
    const { id } = await ask(unsure)
    await call(nodeEndpoints.cancelCase, { params: { case: id } })
  }
  await assert.rejects(ask(unsure), refused('budget-spent'))
})

test('what is asked again is charged once, and what cannot be asked is not charged', async () => {
  const { ask, account } = await openKey({ queriesPerMonth: 6 })
  const same = crypto.randomUUID()
  const views = await Promise.all([1, 2, 3, 4].map(() => ask(sure, { idempotencyKey: same })))
  assert.deepEqual(await ask(sure, { idempotencyKey: same }), views[0])
  await assert.rejects(ask(unsure, { idempotencyKey: same }), refused('state-conflict'))
  await assert.rejects(ask({ x: 1 }), refused('value-invalid'))
  await assert.rejects(ask({ x: 1e300, y: -1e300 }), Refusal)
  assert.deepEqual((await account()).queries, { spent: 1, held: 0 })
})

test('a budget of 0 is spent before the first question, and a month has one of its own', async () => {
  for (const limits of [{ minorUnitsPerMonth: 0 }, { queriesPerMonth: 0 }]) {
    const { ask } = await openKey(limits)
    await assert.rejects(ask(sure), refused('budget-spent'))
    await assert.rejects(ask(unsure), refused('budget-spent'))
  }
  const { ask, account } = await openKey({ queriesPerMonth: 1 })
  await ask(sure)
  await assert.rejects(ask(sure), refused('budget-spent'))
  try {
    skewMs = 32 * 86_400_000
    assert.equal((await ask(sure)).state, 'answered')
    assert.deepEqual((await account()).queries, { spent: 1, held: 0 })
  } finally {
    skewMs = 0
  }
})

test('a key ends at its hour and when it is revoked; its cases are still answered', async () => {
  const { ask } = await openKey({ expires: new Date(Date.now() + 3_600_000).toISOString() })
  await ask(sure)
  try {
    skewMs = 3_600_001
    await assert.rejects(ask(sure), refused('caller-unknown'))
  } finally {
    skewMs = 0
  }
  await assert.rejects(openKey({ expires: new Date(Date.now() - 1).toISOString() }), refused('input-invalid'))

  const { name, ask: askOn } = await openKey()
  const waiting = await askOn(unsure)
  const revoke = () => operator()(nodeEndpoints.revokeAccessKey, { params: { name } })
  const { revoked } = await revoke()
  assert.ok(revoked)
  await assert.rejects(askOn(sure), refused('caller-unknown'))
  assert.equal((await revoke()).revoked, revoked)
  await review(holderOf(network, 'a', asking.expert.key), waiting.id, 'ill')
  const { keys } = await operator()(nodeEndpoints.listAccessKeys)
  const listed = keys.find(key => key.name === name)!
  assert.deepEqual([listed.revoked, listed.account.minorUnits.spent], [revoked, price])
  const log = wholeLog(`${network.nodeConfig('a').dataPath}/node.sqlite`).map(text => JSON.parse(text))
  assert.equal(
    log.filter(({ kind, body }) => kind === 'access-key-revoked' && body.key === listed.id).length,
    1,
  )
})

test('what a key has no business with does not exist for it: 404, never 403', async () => {
  const { call, ask } = await openKey({ agents: ['another'] })
  const askFor = (agent: string) =>
    call(nodeEndpoints.askAgent, {
      params: { agent },
      body: { record: { kind: 'row', cells: { x: 'not even a number' } }, idempotencyKey: 'question-1' },
    }).catch((error: Refusal) => [error.code, error.message.replace(agent, '…'), error.hint])
  assert.deepEqual(await askFor('triage'), await askFor('nobody'))
  assert.equal((await askFor('triage'))[0 as never], 'not-found')
  await assert.rejects(ask(sure), refused('not-found'))

  const foreign = await (await openKey()).ask(sure)
  await assert.rejects(
    call(nodeEndpoints.getCase, { params: { case: foreign.id }, query: {} }),
    refused('not-found'),
  )
  await assert.rejects(call(nodeEndpoints.cancelCase, { params: { case: foreign.id } }), refused('not-found'))
})

test('a key of another partner is none here, for those who call and for those who revoke', async () => {
  const { name, ask, call } = await openKey({}, 'b')
  await assert.rejects(ask(sure), refused('caller-unknown'))
  await assert.rejects(call(nodeEndpoints.getOwnKey), refused('caller-unknown'))
  await assert.rejects(operator()(nodeEndpoints.revokeAccessKey, { params: { name } }), refused('not-found'))
  const { keys } = await operator()(nodeEndpoints.listAccessKeys)
  assert.ok(!keys.some(key => key.name === name))
})

test('too many requests in a minute get 429 and the seconds to wait', async () => {
  const { key, call } = await openKey({ requestsPerMinute: 3 })
  const url = `${network.nodes.get('a')!.url}/v1/key`
  const statuses: number[] = []
  let retryAfter = ''
  for (let request = 0; request < 5; request++) {
    const response = await fetch(url, { headers: { authorization: `Bearer ${key}` } })
    statuses.push(response.status)
    const problem = (await response.json()) as { code?: string; retryAfterSeconds?: number }
    if (response.status !== 429) continue
    retryAfter = response.headers.get('retry-after') ?? ''
    assert.deepEqual([problem.code, String(problem.retryAfterSeconds)], ['rate-limited', retryAfter])
  }
  assert.deepEqual(statuses, [200, 200, 200, 429, 429])
  assert.ok(Number(retryAfter) >= 1 && Number(retryAfter) <= 20, retryAfter)
  await assert.rejects(call(nodeEndpoints.getOwnKey), (error: Refusal) => (error.retryAfterSeconds ?? 0) > 0)
  assert.equal((await (await openKey()).ask(sure)).state, 'answered', 'other keys have buckets of their own')
})

test('a key is told as many digits as it may have, everywhere', async () => {
  const digitsOf = (view: CaseView) => String(view.confidence).split('.')[1]?.length ?? 0
  const cells = { x: 2.1, y: -0.6 }
  const [coarse, fine] = [await openKey({ decimals: 1 }), await openKey({ decimals: 9 })]
  const [one, exact] = [await coarse.ask(cells), await fine.ask(cells)]
  assert.ok(digitsOf(exact) > 3, `${exact.confidence} could hide nothing`)
  assert.equal(one.confidence, Number(exact.confidence!.toFixed(1)))
  await using receiver = await openReceiver(coarse.webhookSecret!)
  const waiting = await coarse.ask(unsure, { webhook: receiver.url })
  await review(holderOf(network, 'a', asking.expert.key), waiting.id, 'ill')
  await receiver.arrived(1)
  const { cases } = await coarse.call(nodeEndpoints.listCases, { query: {} })
  const seen = await coarse.call(nodeEndpoints.getCase, { params: { case: waiting.id }, query: {} })
  const views: CaseView[] = [one, seen, ...cases, JSON.parse(receiver.deliveries[0]!.body).data]
  assert.deepEqual([views.length, views.filter(view => digitsOf(view) > 1)], [5, []])
})

test('faces of other protocols ask under the same key: scope, rate, budget and digits', async () => {
  const url = network.nodes.get('a')!.url
  const post = async (key: string, path: string, body: object) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const infer = (key: string, rows: number, agent = 'triage') => {
    const input = (name: string, value: number) => ({
      name,
      datatype: 'FP32',
      shape: [rows, 1],
      data: Array.from({ length: rows }, (_, row) => value + row / 100),
    })
    return post(key, `/v2/models/${agent}/infer`, { inputs: [input('x', 3), input('y', -1.5)] })
  }
  const embed = (key: string) => post(key, '/v1/embeddings', { model: 'triage', input: JSON.stringify(sure) })

  const { key, account } = await openKey({ queriesPerMonth: 5, minorUnitsPerMonth: 3 * price })
  const answered = await infer(key, 3)
  assert.equal(answered.status, 200, answered.text)
  const { outputs } = JSON.parse(answered.text)
  const told: number[] = outputs.flatMap(({ data }: { data: unknown[] }) => data).filter(Number.isFinite)
  assert.ok(told.length >= 6, answered.text)
  assert.deepEqual(
    told.filter(value => Math.fround(value) !== Math.fround(Number(value.toFixed(2)))),
    [],
  )
  assert.deepEqual([(await infer(key, 3)).status, (await infer(key, 1)).status], [402, 402])
  assert.equal((await embed(key)).status, 200, 'what costs nothing needs no money')
  assert.equal((await embed(key)).status, 200)
  assert.equal((await embed(key)).status, 402)
  const { queries, minorUnits } = await account()
  assert.deepEqual(
    [queries, minorUnits],
    [
      { spent: 5, held: 0 },
      { spent: 3 * price, held: 0 },
    ],
  )

  assert.deepEqual(
    [await infer(asking.expert.key, 1), await embed(asking.expert.key)].map(({ status }) => status),
    [403, 403],
    'an expert asks no agent',
  )

  const scoped = await openKey({ agents: ['another'], requestsPerMinute: 2 })
  const [one, nobody, late] = [
    await infer(scoped.key, 1),
    await infer(scoped.key, 1, 'nobody'),
    await infer(scoped.key, 1),
  ]
  assert.deepEqual([one.status, nobody.status, late.status], [404, 404, 429])
  assert.equal(one.text.replace('triage', 'nobody'), nobody.text)
  assert.ok(Number(late.headers.get('retry-after')) > 0)
})

test('a call of the operator that was recorded and sent again is refused', async () => {
  const recorded: [string, RequestInit][] = []
  const recording = createCaller({
    base: network.nodes.get('a')!.url,
    fetch: (url, init) => {
      recorded.push([url, init as RequestInit])
      return fetch(url, init as RequestInit)
    },
    key: network.identity('a').key,
    nowMs: Date.now,
  })
  await recording(nodeEndpoints.listAgents)
  const [url, init] = recorded.at(-1)!
  const replay = await fetch(url, { method: init.method!, headers: init.headers! })
  assert.equal(replay.status, 401)
  assert.equal(((await replay.json()) as { code: string }).code, 'nonce-unknown')
})

test('limits that mean nothing are refused', async () => {
  const wrong: [Limits, string][] = [
    [{ queriesPerMonth: -1 }, 'limits.queriesPerMonth'],
    [{ minorUnitsPerMonth: 0.5 }, 'limits.minorUnitsPerMonth'],
    [{ requestsPerMinute: 0 }, 'limits.requestsPerMinute'],
    [{ decimals: 0 }, 'limits.decimals'],
    [{ agents: [] }, 'limits.agents'],
    [{ expires: 'tomorrow' }, 'limits.expires'],
  ]
  for (const [limits, path] of wrong) {
    await assert.rejects(openKey(limits), (error: Refusal) => {
      assert.deepEqual([error.code, error.path], ['input-invalid', path])
      return true
    })
  }
})

test('a node that stopped with questions under way gives their budget back when it starts', async () => {
  const { id, ask, account } = await openKey({ queriesPerMonth: 2 })
  const waiting = await ask(unsure)
  const { month } = await account()
  await network.stopNode('a')
  const database = databaseOf(network, 'a', { readOnly: false })
  database
    .prepare('insert into access_reservation (access_key, month, queries, price) values (?, ?, 1, ?)')
    .run(id, month, price)
  database
    .prepare(
      'update access_account set queries_held = queries_held + 1, units_held = units_held + ? where access_key = ?',
    )
    .run(price, id)
  database.close()
  await network.startNode('a')
  const { keys } = await operator()(nodeEndpoints.listAccessKeys)
  const { queries, minorUnits } = keys.find(key => key.id === id)!.account
  assert.deepEqual(
    [waiting.state, queries, minorUnits],
    ['deferred', { spent: 1, held: 0 }, { spent: 0, held: price }],
  )
})

test('the commands make, list and revoke keys', async () => {
  const data = network.nodeConfig('a').dataPath
  const line = (...words: string[]) => consort('--data', data, '--json', 'key', ...words)
  const limits = ['--scope', 'triage,chest', '--expires', '2130-01-31', '--per-minute', '60']
  const created = await line(
    'create',
    'ward',
    '--for',
    'application',
    ...limits,
    '--queries',
    '500',
    '--budget',
    '0',
  )
  assert.equal(created.code, 0, created.err)
  const { key, limits: kept } = JSON.parse(created.out)
  assert.deepEqual(kept, {
    agents: ['triage', 'chest'],
    expires: '2130-01-31T00:00:00.000Z',
    requestsPerMinute: 60,
    queriesPerMonth: 500,
    minorUnitsPerMonth: 0,
    decimals: 2,
  })
  const revoked = await line('revoke', 'ward')
  assert.ok(JSON.parse(revoked.out).revoked, revoked.err)
  const { out } = await consort('--data', data, '--lang', 'zh', 'key', 'list')
  assert.match(out, /triage、chest.*0 \/ 500.*0 \/ 0.*已于/)
  assert.ok(!out.includes(key))
})
