import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import test, { type TestContext } from 'node:test'
import { Refusal } from '@consort/basics'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { z } from 'zod'
import { digestOfBytes } from '../digest-of.ts'
import { createKeyPair, type PublicKey } from '../keys.ts'
import { type Caller, createCaller, type Fetch } from './caller.ts'
import { endpoint, octetBody, octetResult } from './endpoint.ts'
import { createNonces } from './nonces.ts'
import { signRequest, verifyRequest } from './request-signature.ts'
import { type Handlers, serveEndpoints } from './routes.ts'

/** Caller and routes together, on a real server, with real signatures and nonces. */
const group = {
  getNonce: endpoint({
    method: 'GET',
    path: '/v1/nonce',
    summary: 'A nonce',
    access: 'public',
    result: z.object({}),
  }),
  list: endpoint({
    method: 'GET',
    path: '/v1/things',
    summary: 'Open to all',
    access: 'public',
    query: z.strictObject({ wait: z.coerce.number().default(0), of: z.string().optional() }),
    result: z.object({ wait: z.number(), of: z.string() }),
  }),
  put: endpoint({
    method: 'PUT',
    path: '/v1/things/:id',
    summary: 'Signed',
    access: 'keyholder',
    params: z.strictObject({ id: z.string() }),
    body: z.strictObject({ count: z.int(), text: z.string().default('none') }),
    result: z.object({ id: z.string(), count: z.int(), text: z.string(), caller: z.string() }),
  }),
  touch: endpoint({ method: 'POST', path: '/v1/touch', summary: 'Signed, of no parts', access: 'keyholder' }),
  upload: endpoint({
    method: 'PUT',
    path: '/v1/octets',
    summary: 'Signed octets in',
    access: 'keyholder',
    body: octetBody,
    result: z.object({ said: z.string(), found: z.string() }),
  }),
  download: endpoint({
    method: 'GET',
    path: '/v1/octets/:size',
    summary: 'Octets out',
    access: 'public',
    params: z.strictObject({ size: z.coerce.number() }),
    result: octetResult,
  }),
  wait: endpoint({ method: 'GET', path: '/v1/wait', summary: 'Until the caller has gone', access: 'public' }),
}

interface Running {
  readonly url: string
  readonly app: FastifyInstance
  /** What handlers were asked, in order. */
  readonly handled: string[]
  readonly call: Caller
  readonly key: PublicKey
}

function callerOf(base: string, key = createKeyPair()): Caller {
  return createCaller({ base, fetch: fetch as unknown as Fetch, key, nowMs: Date.now })
}

/** A server on a free port (or the given one), closed when the test ends, and a caller with a key of its own. */
async function start(context: TestContext, port = 0): Promise<Running> {
  const app = Fastify({ forceCloseConnections: true })
  const nonces = createNonces({ entropy: { bytes: randomBytes }, nowMs: () => performance.now() })
  const handled: string[] = []
  const handlers: Handlers<typeof group, { public: string; keyholder: string; member: string }> = {
    getNonce: () => ({}),
    list: ({ query }) => ({ wait: query.wait, of: query.of ?? 'everything' }),
    put: ({ params, body, caller }) => {
      handled.push(`put ${params.id}`)
      return { ...params, ...body, caller }
    },
    touch: () => {
      handled.push('touch')
    },
    upload: async ({ body }) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of body.stream) chunks.push(chunk)
      handled.push('upload')
      return { said: body.digest, found: digestOfBytes(Buffer.concat(chunks)) }
    },
    download: ({ params }) => new Uint8Array(params.size).fill(7),
    wait: () => new Promise(() => handled.push('wait')),
  }
  const admitSigned = ({ method, headers, url: path }: FastifyRequest) => {
    const proof = verifyRequest({ method, targetUri: url + path, headers })
    nonces.spend(proof.nonce)
    return { caller: proof.key, bodySha256: proof.bodySha256 }
  }
  serveEndpoints(app, {
    group,
    handlers,
    issueNonce: () => nonces.issue(),
    onError: error => assert.fail(String(error)),
    admit: {
      public: () => ({ caller: 'anyone', bodySha256: undefined }),
      keyholder: admitSigned,
      member: admitSigned,
    },
  })
  await app.listen({ port, host: '127.0.0.1' })
  context.after(() => app.close())
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const key = createKeyPair()
  return { url, app, handled, call: callerOf(url, key), key: key.publicKey }
}

test('a public endpoint answers whoever asks, signed or not', async t => {
  const { url, call } = await start(t)
  const unsigned = createCaller({ base: url, fetch: fetch as unknown as Fetch, nowMs: Date.now })
  assert.deepEqual(await unsigned(group.list, { query: {} }), { wait: 0, of: 'everything' })
  assert.deepEqual(await call(group.list, { query: { wait: 2.5, of: 'a b&c=ä' } }), {
    wait: 2.5,
    of: 'a b&c=ä',
  })
})

test('a keyholder endpoint learns who signed, and what was said comes through whole', async t => {
  const { call, key } = await start(t)
  const said = { params: { id: 'a b/ä?#%2F' }, body: { count: 1 } }
  assert.deepEqual(await call(group.put, said), { id: 'a b/ä?#%2F', count: 1, text: 'none', caller: key })
  assert.equal(await call(group.touch), undefined)
})

test('without a signature a keyholder endpoint does nothing', async t => {
  const { url, handled } = await start(t)
  const unsigned = createCaller({ base: url, fetch: fetch as unknown as Fetch, nowMs: Date.now })
  await assert.rejects(unsigned(group.put, { params: { id: 'a' }, body: { count: 1 } }), {
    code: 'signature-missing',
  })
  assert.deepEqual(handled, [])
})

test('under another address than the server’s own nothing is done, and the hint says where to look', async t => {
  const { url, handled } = await start(t)
  const call = callerOf(url.replace('127.0.0.1', 'localhost'))
  const put = call(group.put, { params: { id: 'a' }, body: { count: 1 } })
  await assert.rejects(put, { code: 'signature-invalid', hint: /CONSORT_PUBLIC_URL/ })
  assert.deepEqual(handled, [])
})

test('many calls, one after the other and side by side, are each done once', async t => {
  const { call, handled } = await start(t)
  for (let round = 0; round < 5; round++) {
    const calls = Array.from({ length: 8 }, () =>
      call(group.put, { params: { id: 'a' }, body: { count: 1 } }),
    )
    await Promise.all(calls)
  }
  assert.equal(handled.length, 40)
})

test('one signature is good for one request', async t => {
  const { url, handled } = await start(t)
  const nonce = (await fetch(`${url}/v1/nonce`)).headers.get('consort-nonce')!
  const body = '{"count":1}'
  const signed = {
    method: 'PUT',
    targetUri: `${url}/v1/things/a`,
    body: Buffer.from(body),
    nonce,
    created: 1,
  }
  const headers = { ...signRequest(signed, createKeyPair()), 'content-type': 'application/json' }
  const statuses = await Promise.all(
    [1, 2, 3].map(async () => (await fetch(signed.targetUri, { method: 'PUT', headers, body })).status),
  )
  assert.deepEqual(statuses.sort(), [200, 401, 401])
  assert.deepEqual(handled, ['put a'])
})

test('what arrives is what was signed, or nothing is done', async t => {
  const { url, handled } = await start(t)
  const key = createKeyPair()
  for (const [sent, status] of [
    ['{"count":1}', 200],
    ['{"count":2}', 422],
    ['{"count":1} ', 422],
    ['', 422],
  ] as const) {
    const nonce = (await fetch(`${url}/v1/nonce`)).headers.get('consort-nonce')!
    const body = Buffer.from('{"count":1}')
    const signed = { method: 'PUT', targetUri: `${url}/v1/things/a`, body, nonce, created: 1 }
    const headers = { ...signRequest(signed, key), ...(sent && { 'content-type': 'application/json' }) }
    const answer = await fetch(signed.targetUri, { method: 'PUT', headers, ...(sent && { body: sent }) })
    assert.equal(answer.status, status, sent)
    if (status === 422) assert.equal(((await answer.json()) as { code: string }).code, 'digest-mismatch')
  }
  assert.deepEqual(handled, ['put a'])
})

/** The same address again after `old` was closed; ready when connections to the old one are forgotten. */
async function restart(context: TestContext, old: Running): Promise<Running> {
  await old.app.close()
  const again = await start(context, Number(new URL(old.url).port))
  while (!(await fetch(`${again.url}/v1/nonce`).catch(() => undefined))?.ok);
  return again
}

test('callers notice nothing of a restart, and what they sent is done once', async t => {
  const first = await start(t)
  await first.call(group.put, { params: { id: 'a' }, body: { count: 1 } })
  const second = await restart(t, first)
  assert.equal((await first.call(group.put, { params: { id: 'b' }, body: { count: 2 } })).id, 'b')
  assert.deepEqual(second.handled, ['put b'])
  const third = await restart(t, second)
  const body = randomBytes(4 * 1024 * 1024)
  const { said, found } = await first.call(group.upload, { body })
  assert.deepEqual([said, found], [digestOfBytes(body), digestOfBytes(body)])
  assert.deepEqual(third.handled, ['upload'])
})

test('octets travel as they are: none, one, and more than JSON may hold', async t => {
  const { call } = await start(t)
  for (const size of [0, 1, 8 * 1024 * 1024 + 1]) {
    const body = randomBytes(size)
    const digest = digestOfBytes(body)
    assert.deepEqual(await call(group.upload, { body }), { said: digest, found: digest })
    const bytes = await call(group.download, { params: { size } })
    assert.equal(Buffer.compare(bytes, Buffer.alloc(size, 7)), 0)
  }
})

test('an abort ends a long poll with its own reason, and the server goes on', async t => {
  const { call, handled } = await start(t)
  const controller = new AbortController()
  const running = call(group.wait, undefined, { signal: controller.signal })
  while (handled.length === 0) await new Promise(setImmediate)
  const reason = new Error('stop')
  controller.abort(reason)
  await assert.rejects(running, reason)
  await assert.rejects(call(group.wait, undefined, { timeoutMs: 1 }), { code: 'unreachable' })
  await call(group.touch)
})

test('where nobody listens, the address and the reason are told', async t => {
  const { url, app, call } = await start(t)
  await app.close()
  await assert.rejects(
    callerOf(url)(group.touch),
    (refusal: Refusal) => refusal.code === 'unreachable' && refusal.message.includes(`${url} (ECONNREFUSED)`),
  )
  await assert.rejects(call(group.list, { query: {} }), Refusal)
})

test('a signed request does not follow a redirect to somebody else', async t => {
  const portal = Fastify({ forceCloseConnections: true })
  const elsewhere: string[] = []
  portal.removeAllContentTypeParsers()
  portal.addContentTypeParser('*', (_request, _payload, done) => done(null))
  portal.get('/v1/nonce', (_request, reply) => reply.header('consort-nonce', 'n'.repeat(48)).send({}))
  portal.all('/elsewhere', ({ method }) => elsewhere.push(method))
  portal.all('/v1/*', (_request, reply) => reply.redirect('/elsewhere', 307))
  await portal.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => portal.close())
  const call = callerOf(`http://127.0.0.1:${(portal.server.address() as AddressInfo).port}`)
  await call(group.upload, { body: new Uint8Array(4) }).catch(() => undefined)
  assert.deepEqual(elsewhere, [])
})
