import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import { type Caller, nodeEndpoints } from '@consort/protocol'
import OpenAI from 'openai'
import { type Asking, holderOf, joinPartners, putTriage, review, sure, trainModel, unsure } from './asking.ts'
import { type Network, openNetwork } from './network.ts'

/** What clients that others have made see of a node, over real HTTP. */
let network: Network
let asking: Asking
before(async () => {
  network = await openNetwork()
  await joinPartners(network)
  asking = await putTriage(network, await trainModel(network))
})
after(() => network[Symbol.asyncDispose]())

const url = (): string => network.nodes.get('a')!.url
const application = (): Caller => holderOf(network, 'a', asking.application.key)
const expert = (): Caller => holderOf(network, 'a', asking.expert.key)
const operator = (): Caller => network.callNode('a')
const authorization = (): { authorization: string } => ({
  authorization: `Bearer ${asking.application.key}`,
})

async function post(path: string, body: string | Blob, headers: Record<string, string> = {}) {
  const response = await fetch(`${url()}${path}`, {
    method: 'POST',
    headers: { ...authorization(), ...headers },
    body,
  })
  return {
    status: response.status,
    headers: response.headers,
    octets: Buffer.from(await response.arrayBuffer()),
  }
}

const askBody = (cells: object, idempotencyKey: string = crypto.randomUUID()): string =>
  JSON.stringify({ record: { kind: 'row', cells }, idempotencyKey })

const json = { 'content-type': 'application/json' }
const native = '/v1/agents/triage/cases'

test('a deferred question is a 202 at once; who prefers to wait gets the person’s answer as a 200', async () => {
  const answered = await post(native, askBody(sure), json)
  assert.equal(answered.status, 200)
  const deferred = await post(native, askBody(unsure), json)
  const { id, state } = JSON.parse(deferred.octets.toString())
  assert.deepEqual([deferred.status, state], [202, 'deferred'])
  const key = crypto.randomUUID()
  const short = await post(native, askBody(unsure, key), { ...json, prefer: 'wait=0' })
  assert.deepEqual([short.status, short.headers.get('preference-applied')], [202, 'wait=0'])
  const waiting = post(native, askBody(unsure, key), { ...json, prefer: 'wait=25' })
  await review(expert(), JSON.parse(short.octets.toString()).id, 'ill')
  const { status, headers, octets } = await waiting
  assert.deepEqual([status, headers.get('preference-applied')], [200, 'wait=25'])
  assert.deepEqual(JSON.parse(octets.toString()).answer, { class: 'ill', by: 'expert' })
  await review(expert(), id, 'well')
})

test('callers list their own cases page by page, newest first, answered ones too', async () => {
  const before = await application()(nodeEndpoints.listCases, { query: { limit: 200 } })
  const ids: string[] = []
  for (const record of [sure, unsure, sure, unsure, sure]) ids.unshift((await asking.ask(record)).id)
  const listed: string[] = []
  let next: string | null = null
  do {
    const query: { limit: number; before?: string } = { limit: 2, ...(next !== null && { before: next }) }
    const page = await application()(nodeEndpoints.listCases, { query })
    assert.ok(page.cases.length <= 2)
    listed.push(...page.cases.map(view => view.id))
    next = page.next
  } while (next !== null)
  assert.deepEqual(new Set(listed.slice(0, 5)), new Set(ids))
  assert.equal(listed.length, before.cases.length + 5)
  assert.equal(new Set(listed).size, listed.length)
  const { cases: open } = await application()(nodeEndpoints.listCases, { query: { state: 'deferred' } })
  assert.deepEqual(
    new Set(open.map(({ id }) => id)),
    new Set((await expert()(nodeEndpoints.listReviews)).open),
  )
  const other = await operator()(nodeEndpoints.createAccessKey, {
    body: { name: 'lister', holder: 'application' },
  })
  const none = await holderOf(network, 'a', other.key)(nodeEndpoints.listCases, { query: {} })
  assert.deepEqual(none, { cases: [], next: null })
  assert.ok((await operator()(nodeEndpoints.listCases, { query: { limit: 200 } })).cases.length >= 5)
})

test('a case that is taken back is asked of nobody, and cannot be answered any more', async () => {
  const { id, revision } = await asking.ask(unsure)
  const params = { case: id }
  const polled = application()(nodeEndpoints.getCase, { params, query: { after: revision, wait: 25 } })
  const first = { params, body: { stage: 'first', class: 'ill' } } as const
  await expert()(nodeEndpoints.answerReview, first)
  const cancelled = await application()(nodeEndpoints.cancelCase, { params })
  assert.deepEqual(
    [cancelled.state, cancelled.answer, cancelled.confidence, cancelled.revision],
    ['cancelled', null, null, 2],
  )
  assert.deepEqual(await polled, cancelled)
  assert.deepEqual(await application()(nodeEndpoints.cancelCase, { params }), cancelled)
  assert.ok(!(await expert()(nodeEndpoints.listReviews)).open.includes(id))
  await assert.rejects(expert()(nodeEndpoints.getReview, { params }), { code: 'state-conflict' })
  const final = { params, body: { stage: 'final', class: 'ill' } } as const
  await assert.rejects(expert()(nodeEndpoints.answerReview, final), { code: 'state-conflict' })
  const { id: answered } = await asking.ask(sure)
  const late = application()(nodeEndpoints.cancelCase, { params: { case: answered } })
  await assert.rejects(late, { code: 'state-conflict' })
})

test('feedback is kept once, may change, and is about answers of one’s own', async () => {
  const { id } = await asking.ask(sure)
  const give = (body: { verdict: 'right' | 'wrong'; label?: string }, call = application()) =>
    call(nodeEndpoints.giveFeedback, { params: { case: id }, body })
  const said = await give({ verdict: 'right' })
  assert.deepEqual(await give({ verdict: 'right' }), said)
  assert.deepEqual((await give({ verdict: 'wrong', label: 'well' })).label, 'well')
  await assert.rejects(give({ verdict: 'wrong', label: 'perhaps' }), { code: 'class-unknown' })
  await assert.rejects(give({ verdict: 'right', label: 'well' }), { code: 'class-unknown' })
  const { id: waiting } = await asking.ask(unsure)
  const early = { params: { case: waiting }, body: { verdict: 'right' } } as const
  await assert.rejects(application()(nodeEndpoints.giveFeedback, early), { code: 'state-conflict' })
  const other = await operator()(nodeEndpoints.createAccessKey, {
    body: { name: 'meddler', holder: 'application' },
  })
  await assert.rejects(give({ verdict: 'wrong' }, holderOf(network, 'a', other.key)), { code: 'not-found' })
})

test('the openai client lists agents and embeds records, in either encoding', async () => {
  const client = new OpenAI({ baseURL: `${url()}/v1`, apiKey: asking.application.key, maxRetries: 0 })
  const names: string[] = []
  for await (const model of client.models.list()) names.push(model.id)
  assert.deepEqual(names, ['triage'])
  const input = [JSON.stringify(sure), JSON.stringify(unsure)]
  const plain = await client.embeddings.create({ model: 'triage', input, encoding_format: 'float' })
  // Without a format the client asks for base64, and decodes it.
  const packed = await client.embeddings.create({ model: 'triage', input })
  assert.deepEqual(packed.data, plain.data)
  assert.deepEqual(
    plain.data.map(({ index, embedding }) => [index, embedding.length > 0, embedding.every(Number.isFinite)]),
    [
      [0, true, true],
      [1, true, true],
    ],
  )
  assert.notDeepEqual(plain.data[0]!.embedding, plain.data[1]!.embedding)
  await assert.rejects(client.embeddings.create({ model: 'nobody', input: '{}' }), { status: 404 })
  await assert.rejects(client.embeddings.create({ model: 'triage', input: 'hello' }), { status: 400 })
  const stranger = new OpenAI({ baseURL: `${url()}/v1`, apiKey: 'ck_nobody', maxRetries: 0 })
  await assert.rejects(stranger.models.retrieve('triage'), { status: 401 })
})

const infer = '/v2/models/triage/infer'
const column = (name: string, data: number[]) => ({ name, shape: [data.length], datatype: 'FP64', data })
const rows = (...records: { x: number; y: number }[]) => [
  column(
    'x',
    records.map(({ x }) => x),
  ),
  column(
    'y',
    records.map(({ y }) => y),
  ),
]

test('Open Inference: a deferred record is a 200 with a case that a person can answer', async () => {
  const { status, octets } = await post(infer, JSON.stringify({ inputs: rows(sure, unsure) }))
  assert.equal(status, 200)
  const { parameters, outputs } = JSON.parse(octets.toString())
  const decisions = outputs.find(({ name }: { name: string }) => name === 'decision').data
  assert.deepEqual([parameters.decision, decisions], ['deferred', ['answered', 'deferred']])
  const [answered, deferred] = parameters.case_id.split(',')
  const read = (id: string) =>
    application()(nodeEndpoints.getCase, { params: { case: id as never }, query: {} })
  assert.deepEqual([(await read(answered)).state, (await read(deferred)).state], ['answered', 'deferred'])
  await review(expert(), deferred, 'well')
  assert.deepEqual((await read(deferred)).answer, { class: 'well', by: 'expert' })
})

test('Open Inference: octets without a content type, as stock clients send them', async () => {
  const octetsOf = (value: number): Buffer => {
    const octets = Buffer.alloc(8)
    octets.writeDoubleLE(value)
    return octets
  }
  const inputs = ['x', 'y'].map(name => ({
    name,
    shape: [1, 1],
    datatype: 'FP64',
    parameters: { binary_data_size: 8 },
  }))
  const head = Buffer.from(JSON.stringify({ inputs, parameters: { binary_data_output: true } }))
  const body = new Blob([Buffer.concat([head, octetsOf(sure.x), octetsOf(sure.y)])])
  const { status, headers, octets } = await post(infer, body, {
    'inference-header-content-length': String(head.length),
  })
  assert.equal(status, 200)
  const end = Number(headers.get('inference-header-content-length'))
  const { outputs } = JSON.parse(octets.subarray(0, end).toString())
  assert.deepEqual([outputs[0].name, outputs[0].parameters], ['probabilities', { binary_data_size: 8 }])
  const [well, ill] = [octets.readFloatLE(end), octets.readFloatLE(end + 4)]
  assert.ok(Math.abs(well + ill - 1) < 0.02 && ill > 0.9)
})

test('Open Inference: what is wrong is refused in the protocol’s own form', async () => {
  const errorOf = async (path: string, body: string | Blob, headers = {}) => {
    const { status, octets } = await post(path, body, headers)
    const { error } = JSON.parse(octets.toString())
    assert.equal(typeof error, 'string')
    return status
  }
  assert.equal(await errorOf('/v2/models/nobody/infer', JSON.stringify({ inputs: rows(sure) })), 404)
  assert.equal(await errorOf(infer, '{'), 400)
  assert.equal(await errorOf(infer, JSON.stringify({ inputs: [column('x', [1])] })), 422)
  assert.equal(await errorOf(infer, new Blob([Buffer.alloc(10_000_000)])), 413)
  const none = { authorization: '' }
  assert.equal(await errorOf(infer, JSON.stringify({ inputs: rows(sure) }), none), 401)
  const health = await fetch(`${url()}/v2/health/ready`)
  assert.deepEqual([health.status, await health.json()], [200, { ready: true }])
})

test('metrics say what was decided, and nothing of what was asked', async () => {
  await asking.ask({ x: 2.765432, y: -1.456789 })
  const response = await fetch(`${url()}/metrics`)
  const text = await response.text()
  assert.match(response.headers.get('content-type')!, /^text\/plain; version=0\.0\.4/)
  const version = asking.version
  const answered = new RegExp(
    `^consort_questions_total\\{agent="triage",version="${version}",decision="answer",reason="sure-enough"\\} \\d+$`,
    'm',
  )
  assert.match(text, answered)
  assert.match(text, /^consort_cases_waiting\{agent="triage"\} \d+$/m)
  assert.match(text, /^consort_event_loop_delay_seconds\{percentile="99"\} [\d.e-]+$/m)
  assert.match(text, /^consort_request_seconds_count\{route="\/v2\/models\/:model\/infer",status="413"\} 1$/m)
  assert.ok(!/2\.765|1\.456|ck_|cas_/.test(text))
})
