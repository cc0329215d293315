import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import test, { type TestContext } from 'node:test'
import { type Problem, problemSchema, Refusal } from '@consort/basics'
import Fastify, { type FastifyRequest } from 'fastify'
import { z } from 'zod'
import { digestOfBytes } from '../digest-of.ts'
import { endpoint, octetBody, octetResult } from './endpoint.ts'
import { answerFrameworkError, type Handlers, serveEndpoints } from './routes.ts'

// The server's side alone, over real HTTP; who calls is said in a header, and believed (see calls.test.ts).
const group = {
  list: endpoint({
    method: 'GET',
    path: '/v1/things',
    summary: 'A query',
    access: 'public',
    query: z.strictObject({ wait: z.coerce.number().min(0).max(25).default(0), of: z.string().optional() }),
    result: z.object({ wait: z.number(), of: z.string() }),
  }),
  put: endpoint({
    method: 'PUT',
    path: '/v1/things/:id',
    summary: 'Parameters and a body',
    access: 'member',
    params: z.strictObject({ id: z.string() }),
    body: z.strictObject({ count: z.int(), text: z.string().default('none') }),
    result: z.object({ id: z.string(), count: z.int(), length: z.int(), caller: z.string() }),
  }),
  touch: endpoint({ method: 'POST', path: '/v1/touch', summary: 'Nothing at all', access: 'public' }),
  fail: endpoint({ method: 'POST', path: '/v1/fail', summary: 'Fails', access: 'public' }),
  upload: endpoint({
    method: 'PUT',
    path: '/v1/octets',
    summary: 'Octets in',
    access: 'public',
    body: octetBody,
    result: z.object({ said: z.string(), found: z.string() }),
  }),
  download: endpoint({
    method: 'GET',
    path: '/v1/octets/:size',
    summary: 'Octets out',
    access: 'public',
    params: z.strictObject({ size: z.coerce.number().int().min(0).max(100) }),
    result: octetResult,
  }),
}

const diskIsFull = Object.assign(new Error('secret'), { code: 'ENOSPC' })

interface Running {
  readonly url: string
  /** What handlers were asked, and what they logged. */
  readonly handled: string[]
  readonly errors: unknown[]
}

const admitted = ({ headers }: FastifyRequest) => ({
  caller: headers['x-caller']?.toString() ?? 'anyone',
  bodySha256: headers['x-body-sha256']?.toString(),
})
async function start(context: TestContext, failure?: unknown): Promise<Running> {
  const app = Fastify({ forceCloseConnections: true, frameworkErrors: answerFrameworkError })
  let issued = 0
  const [handled, errors]: [string[], unknown[]] = [[], []]
  const handlers: Handlers<typeof group, { public: string; member: string }> = {
    list: ({ query }) => ({ wait: query.wait, of: query.of ?? 'everything' }),
    put: ({ params, body, caller }) => {
      handled.push(`put ${params.id}`)
      return { ...params, count: body.count, length: body.text.length, caller }
    },
    touch: () => {
      handled.push('touch')
    },
    fail: () => {
      throw failure
    },
    upload: async ({ body }) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of body.stream) chunks.push(chunk)
      return { said: body.digest, found: digestOfBytes(Buffer.concat(chunks)) }
    },
    download: ({ params }) => new Uint8Array(params.size).fill(7),
  }
  serveEndpoints(app, {
    group,
    handlers,
    issueNonce: () => `nonce-${issued++}`,
    onError: error => errors.push(error),
    refusalOf: error =>
      error === diskIsFull ? new Refusal('disk-full', 'full', { hint: 'free some' }) : undefined,
    admit: {
      public: admitted,
      member: request => {
        if (request.headers['x-caller']) return admitted(request)
        throw new Refusal('signature-missing', 'Who are you?')
      },
    },
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  context.after(() => app.close())
  return { url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`, handled, errors }
}

interface Sent {
  readonly type?: string
  readonly body?: string | Uint8Array
  readonly caller?: string
  /** What the caller claims to have signed. */
  readonly signedBody?: string
}

/** One request by hand, e.g. `send(url, 'PUT /v1/things/a', { … })`. */
async function send(url: string, target: string, { type, body, caller, signedBody }: Sent = {}) {
  const [method, path] = target.split(' ') as [string, string]
  const sha256 = signedBody && digestOfBytes(Buffer.from(signedBody)).slice('sha256:'.length)
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(type && { 'content-type': type }),
      ...(caller && { 'x-caller': caller }),
      ...(sha256 && { 'x-body-sha256': sha256 }),
    },
    ...(body !== undefined && { body: Buffer.from(body) }),
  })
  const { status, headers } = response
  const text = await response.text()
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json')
  const problem = (isProblem ? JSON.parse(text) : undefined) as Problem | undefined
  return { status, headers, text, problem, code: problem?.code }
}

const json = 'application/json'
const octets = 'application/octet-stream'

test('a query is checked, converted and filled in', async t => {
  const { url } = await start(t)
  assert.deepEqual(JSON.parse((await send(url, 'GET /v1/things?wait=2.5&of=a%20b')).text), {
    wait: 2.5,
    of: 'a b',
  })
  assert.deepEqual(JSON.parse((await send(url, 'GET /v1/things')).text), { wait: 0, of: 'everything' })
  for (const query of ['wait=26', 'wait=-1', 'wait=x', 'wait=1&wait=2', 'wat=1', '__proto__=1']) {
    const { status, problem } = await send(url, `GET /v1/things?${query}`)
    assert.deepEqual([status, problem?.code], [400, 'input-invalid'], query)
    assert.match(problem!.detail, /^query: /)
  }
  assert.equal((await send(url, 'GET /v1/things?wait=26')).problem?.path, 'wait')
})

test('an empty word in a query is no number', async t => {
  const { url } = await start(t)
  assert.equal((await send(url, 'GET /v1/things?wait=')).code, 'input-invalid')
})

test('a handler is told who calls, with parameters decoded and the body filled in', async t => {
  const { url } = await start(t)
  const sent = { caller: 'north', type: `${json}; charset=utf-8`, body: '{"count":1}' }
  const { status, text } = await send(url, 'PUT /v1/things/a%20b%2F%C3%A4', sent)
  assert.equal(status, 200)
  assert.deepEqual(JSON.parse(text), { id: 'a b/ä', count: 1, length: 4, caller: 'north' })
})

test('who calls is decided before the body is looked at, whatever it is', async t => {
  const { url, handled } = await start(t)
  const bodies: Sent[] = [
    { type: json, body: 'not json' },
    { type: json, body: '1'.repeat(9 * 1024 * 1024) },
    { type: 'text/plain', body: 'x' },
    {},
  ]
  for (const sent of bodies)
    assert.equal((await send(url, 'PUT /v1/things/a', sent)).code, 'signature-missing')
  assert.deepEqual(handled, [])
})

test('a body other than the one that was signed does not reach the handler', async t => {
  const { url, handled } = await start(t)
  const signed = { caller: 'north', type: json, signedBody: '{"count":1}' }
  for (const body of ['{"count":2}', '{"count":1} ', '{']) {
    const { status, code } = await send(url, 'PUT /v1/things/a', { ...signed, body })
    assert.deepEqual([status, code], [422, 'digest-mismatch'], body)
  }
  assert.deepEqual(handled, [])
  assert.equal((await send(url, 'PUT /v1/things/a', { ...signed, body: '{"count":1}' })).status, 200)
})

test('octets come as a stream, with the digest that was signed, so that the reader can find them altered', async t => {
  const { url } = await start(t)
  const { text } = await send(url, 'PUT /v1/octets', { type: octets, body: 'b', signedBody: 'a' })
  const [said, found] = [digestOfBytes(Buffer.from('a')), digestOfBytes(Buffer.from('b'))]
  assert.deepEqual(JSON.parse(text), { said, found })
  const down = await send(url, 'GET /v1/octets/3')
  assert.deepEqual([down.text, down.headers.get('content-type')], ['\x07\x07\x07', octets])
})

const refusedBodies: Record<string, [Sent, number, string, RegExp]> = {
  'what is not JSON': [{ type: json, body: '{"count":' }, 400, 'input-invalid', /not JSON/],
  'a body without a type': [{ body: new Uint8Array(3) }, 400, 'input-invalid', /application\/json/],
  'a body of another type': [{ type: 'text/plain', body: '{}' }, 400, 'input-invalid', /application\/json/],
  'a type that is none': [{ type: 'nonsense', body: '{}' }, 400, 'input-invalid', /./],
  'too much JSON': [{ type: json, body: `"${'x'.repeat(8 * 1024 * 1024)}"` }, 413, 'too-large', /8388608/],
  'a body where none belongs': [{ type: json, body: '{"a":1}' }, 400, 'input-invalid', /^body: /],
}
for (const [what, [sent, status, code, detail]] of Object.entries(refusedBodies)) {
  test(`refused: ${what}`, async t => {
    const { url, errors, handled } = await start(t)
    const answer = await send(url, 'POST /v1/touch', sent)
    assert.deepEqual([answer.status, answer.code], [status, code])
    assert.match(answer.problem!.detail, detail)
    assert.deepEqual([errors, handled], [[], []])
  })
}

test('JSON just under the limit is taken', async t => {
  const { url } = await start(t)
  const body = `{"count":1,"text":"${'x'.repeat(8 * 1024 * 1024 - 22)}"}`
  const { status, text } = await send(url, 'PUT /v1/things/a', { caller: 'north', type: json, body })
  assert.deepEqual([status, JSON.parse(text).length], [200, 8 * 1024 * 1024 - 22])
})

test('a body that does not fit says which field, and does not reach the handler', async t => {
  const { url, handled } = await start(t)
  const bodies = {
    '{"count":"1"}': 'count',
    '{}': 'count',
    '{"count":1,"more":2}': 'the document',
    '[]': 'the document',
    null: 'the document',
    '': 'the document',
  }
  for (const [body, path] of Object.entries(bodies)) {
    const { status, problem } = await send(url, 'PUT /v1/things/a', { caller: 'north', type: json, body })
    assert.deepEqual([status, problem?.code, problem?.path], [400, 'input-invalid', path], body)
    assert.match(problem!.hint!, /openapi/)
  }
  assert.deepEqual(handled, [])
})

test('an endpoint of no parts takes a call of no parts, and answers with nothing', async t => {
  const { url } = await start(t)
  for (const sent of [{}, { type: json, body: '{}' }, { type: json, body: 'null' }]) {
    const { status, text } = await send(url, 'POST /v1/touch', sent)
    assert.deepEqual([status, text], [204, ''])
  }
  assert.equal((await send(url, 'POST /v1/touch?a=1')).code, 'input-invalid')
})

test('what is not there is not-found, and the query is not repeated', async t => {
  const { url } = await start(t)
  const targets = [
    'GET /',
    'GET /v2/things?secret=1',
    'POST /v1/things',
    'DELETE /v1/things/a',
    'PUT /v1/things/a/b',
  ]
  for (const target of targets) {
    const { status, code, text } = await send(url, target)
    assert.deepEqual([status, code], [404, 'not-found'], target)
    assert.ok(!text.includes('secret'))
  }
})

test('every answer carries a fresh nonce and is not kept by caches', async t => {
  const { url } = await start(t, new Error('x'))
  const answers = await Promise.all([
    send(url, 'GET /v1/things'),
    send(url, 'GET /v1/octets/3'),
    send(url, 'POST /v1/touch'),
    send(url, 'POST /v1/fail'),
    send(url, 'PUT /v1/things/a'),
    send(url, 'POST /v1/touch', { type: json, body: '{' }),
    send(url, 'GET /nowhere'),
  ])
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 204, 500, 401, 400, 404],
  )
  const nonces = answers.map(({ headers }) => headers.get('consort-nonce'))
  for (const nonce of nonces) assert.match(nonce ?? '', /^nonce-\d$/)
  assert.equal(new Set(nonces).size, nonces.length)
  for (const { headers } of answers) assert.equal(headers.get('cache-control'), 'no-store')
})

test('an accident is logged once and answered without its message', async t => {
  const accidents = [
    new Error('secret'),
    'secret',
    Object.assign(new Error('secret'), { statusCode: 400, code: 'ESECRET' }),
    { code: 'not-found', message: 'secret' },
  ]
  for (const failure of accidents) {
    const { url, errors } = await start(t, failure)
    const { status, code, text } = await send(url, 'POST /v1/fail')
    assert.deepEqual([status, code], [500, 'internal'])
    assert.ok(!text.includes('secret'))
    assert.deepEqual(errors, [failure])
  }
})

test('a refusal is answered as it is, and not logged', async t => {
  const { url, errors } = await start(t, new Refusal('busy', 'later', { hint: 'wait', path: 'x' }))
  const { status, problem } = await send(url, 'POST /v1/fail')
  assert.equal(status, 503)
  assert.deepEqual(problem, {
    type: 'urn:consort:refusal:busy',
    status: 503,
    code: 'busy',
    detail: 'later',
    hint: 'wait',
    path: 'x',
  })
  assert.deepEqual(errors, [])
})

test('a fault that the server can explain is answered with its explanation, and not logged', async t => {
  const { url, errors } = await start(t, diskIsFull)
  const { status, code, text } = await send(url, 'POST /v1/fail')
  assert.deepEqual([status, code], [507, 'disk-full'])
  assert.ok(!text.includes('secret'))
  assert.deepEqual(errors, [])
})

test('a refusal that is called internal is logged like an accident', async t => {
  const failure = new Refusal('internal', 'something broke')
  const { url, errors } = await start(t, failure)
  assert.equal((await send(url, 'POST /v1/fail')).status, 500)
  assert.deepEqual(errors, [failure])
})

const accidents: Record<string, unknown> = {
  'an aborted signal’s reason': new DOMException('secret', 'AbortError'),
  'an error with a number for its code': Object.assign(new Error('secret'), { code: 42 }),
  null: null,
  undefined: undefined,
}
for (const [what, failure] of Object.entries(accidents)) {
  test(`logged and answered as internal: ${what}`, async t => {
    const { url, errors } = await start(t, failure)
    const { status, code } = await send(url, 'POST /v1/fail')
    assert.deepEqual([status, code, errors.length], [500, 'internal', 1])
  })
}

test('octets where JSON belongs are refused', async t => {
  const { url, errors } = await start(t)
  const sent = { caller: 'north', type: octets, body: '{"count":1}', signedBody: '{"count":1}' }
  assert.equal((await send(url, 'PUT /v1/things/a', sent)).code, 'input-invalid')
  assert.deepEqual(errors, [])
})

test('JSON where octets belong is refused', async t => {
  const { url, errors } = await start(t)
  assert.equal((await send(url, 'PUT /v1/octets', { type: json, body: '{"a":1}' })).code, 'input-invalid')
  assert.deepEqual(errors, [])
})

test('octets that nobody signed for have no digest, and are refused', async t => {
  const { url, errors } = await start(t)
  const { status, code } = await send(url, 'PUT /v1/octets', { type: octets, body: 'abc' })
  assert.deepEqual([status, code, errors], [401, 'signature-missing', []])
})

test('an address that the framework cannot read is refused as a problem of ours', async t => {
  const { url, errors, handled } = await start(t)
  const targets = [
    'GET /v1/x/%zz',
    'GET /v1/octets/%zz?a=1',
    'PUT /v1/things/%c3%28',
    'POST /%',
    `GET /v1/octets/${'1'.repeat(200)}`,
    `PUT /v1/things/${'a'.repeat(101)}?a=1`,
  ]
  for (const target of targets) {
    const { status, headers, problem } = await send(url, target, { caller: 'north' })
    assert.match(headers.get('content-type')!, /^application\/problem\+json/, target)
    const { type, code, detail, status: told } = problemSchema.parse(problem)
    assert.deepEqual([type, code], ['urn:consort:refusal:input-invalid', 'input-invalid'])
    assert.deepEqual([status, told], [400, 400])
    assert.match(detail, /address/)
  }
  assert.deepEqual([errors, handled], [[], []])
})

test('the query of an address that the framework cannot read is not repeated', async t => {
  const { url } = await start(t)
  for (const target of ['GET /v1/octets/%zz?secret=1', `GET /v1/octets/${'1'.repeat(200)}?secret=1`]) {
    assert.doesNotMatch((await send(url, target)).text, /secret/, target)
  }
})

test('a parameter of just the length that is allowed reaches its handler', async t => {
  const { url, handled } = await start(t)
  const id = 'a'.repeat(100)
  await send(url, `PUT /v1/things/${id}`, { caller: 'north', type: json, body: '{"count":1}' })
  assert.deepEqual(handled, [`put ${id}`])
})
