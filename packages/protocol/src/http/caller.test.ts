import assert from 'node:assert/strict'
import test from 'node:test'
import { problemOf, Refusal } from '@consort/basics'
import { z } from 'zod'
import { digestOfBytes } from '../digest-of.ts'
import { createKeyPair, type PublicKey } from '../keys.ts'
import { type CallerSetup, createCaller, type Fetch } from './caller.ts'
import { endpoint, octetBody, octetResult } from './endpoint.ts'
import { verifyRequest } from './request-signature.ts'

const id = z.object({ id: z.string() })
const read = endpoint({
  method: 'GET',
  path: '/v1/things/:id/parts/:part',
  summary: 'Reads',
  access: 'reader',
  params: z.strictObject({ id: z.string(), part: z.string() }),
  query: z.strictObject({ wait: z.number().optional(), of: z.string().optional() }),
  result: z.object({ text: z.string(), size: z.int().default(3) }),
})
const write = endpoint({
  method: 'POST',
  path: '/v1/things',
  summary: 'Writes',
  access: 'keyholder',
  body: z.strictObject({ name: z.string() }),
  result: id,
})
const touch = endpoint({ method: 'POST', path: '/v1/touch', summary: 'Touches', access: 'public' })
const upload = endpoint({
  method: 'PUT',
  path: '/v1/octets',
  summary: 'Up',
  access: 'member',
  body: octetBody,
})
const download = endpoint({
  method: 'GET',
  path: '/v1/octets',
  summary: 'Down',
  access: 'member',
  result: octetResult,
})

interface Sent {
  url: string
  method: string
  headers: Record<string, string>
  body: Uint8Array | undefined
  signal: AbortSignal
}

/** A server in a function: `answer` sees the requests in the order in which they come, and how many came before. */
function against(
  answer: (sent: Sent, index: number) => Response | Promise<Response>,
  setup: Partial<CallerSetup> = {},
) {
  const sent: Sent[] = []
  const fetch: Fetch = async (url, { method, headers, body, signal }) => {
    sent.push({ url, method, headers, body, signal })
    return await answer(sent.at(-1)!, sent.length - 1)
  }
  return {
    sent,
    call: createCaller({ base: 'https://hub.example', fetch, nowMs: () => 1_700_000_000_999, ...setup }),
  }
}

function json(value: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  })
}

function refused(refusal: Refusal, headers: Record<string, string> = {}): Response {
  const problem = problemOf(refusal)
  return json(problem, problem.status, { 'content-type': 'application/problem+json', ...headers })
}

function nonceOf({ headers }: Sent): string | undefined {
  return /nonce="([^"]*)"/.exec(headers['signature-input'] ?? '')?.[1]
}

test('a call becomes one request, and its answer the agreed value with its defaults', async () => {
  const { sent, call } = against(() => json({ text: 'x' }))
  const result = await call(read, { params: { id: 'a b/ä?', part: '#1' }, query: { wait: 5, of: undefined } })
  assert.deepEqual(result, { text: 'x', size: 3 })
  const [{ url, method, headers, body }] = sent as [Sent]
  assert.equal(url, 'https://hub.example/v1/things/a%20b%2F%C3%A4%3F/parts/%231?wait=5')
  assert.deepEqual({ method, headers, body }, { method: 'GET', headers: {}, body: undefined })
})

test('a body travels as JSON, octets as they are, and nothing as nothing', async () => {
  const { sent, call } = against(({ method }) =>
    method === 'POST' ? json({ id: '1' }) : new Response(null, { status: 204 }),
  )
  await call(write, { body: { name: 'ä' } })
  await call(upload, { body: Uint8Array.from([0, 255, 10]) })
  await call(upload, { body: new Uint8Array() })
  assert.deepEqual(
    sent.map(({ headers, body }) => [headers['content-type'], body && Buffer.from(body).toString('latin1')]),
    [
      ['application/json', Buffer.from('{"name":"ä"}').toString('latin1')],
      ['application/octet-stream', '\0\u00ff\n'],
      ['application/octet-stream', undefined],
    ],
  )
})

test('an answer is read no further than the caller allows', async () => {
  let parts = 0
  const endless = () =>
    new ReadableStream({
      pull: controller => controller.enqueue(Buffer.alloc(1000, ' ')),
      cancel: () => void parts++,
    })
  const { call } = against((_, index) => (index === 0 ? json({ text: 'x' }) : new Response(endless())))
  const input = { params: { id: '1', part: '2' }, query: {} }
  assert.deepEqual(await call(read, input, { bytesMax: 12 }), { text: 'x', size: 3 })
  await assert.rejects(call(read, input, { bytesMax: 5000 }), {
    code: 'too-large',
    message: /more than 5000/,
  })
  assert.equal(parts, 1, 'and the rest is given up')
})

test('a path before the endpoints and a slash behind the address do no harm', async () => {
  for (const base of ['https://h:8443/consort', 'https://h:8443/consort/', 'https://h:8443/consort//']) {
    const { sent, call } = against(() => new Response(null, { status: 204 }), { base })
    await call(touch)
    assert.equal(sent[0]!.url, 'https://h:8443/consort/v1/touch')
  }
})

test('an answer of octets comes back as it was', async () => {
  const { call } = against(
    () =>
      new Response(Uint8Array.from([1, 0, 255]), { headers: { 'content-type': 'application/octet-stream' } }),
  )
  assert.deepEqual(await call(download), Uint8Array.from([1, 0, 255]))
})

/** Signs `rounds` times `parallel` calls at once; gives back what was sent, without the requests for nonces. */
async function signedCalls(rounds: number, parallel: number): Promise<{ key: PublicKey; calls: Sent[] }> {
  const key = createKeyPair()
  let issued = 0
  const fresh = () => ({ 'consort-nonce': `nonce-nonce-nonce-${issued++}` })
  const { sent, call } = against(({ url }) => json(url.endsWith('nonce') ? {} : { id: '1' }, 200, fresh()), {
    key,
  })
  for (let round = 0; round < rounds; round++) {
    await Promise.all(
      Array.from({ length: parallel }, (_, index) => call(write, { body: { name: String(index) } })),
    )
  }
  assert.ok(sent.every(({ url, headers }) => url.endsWith('/v1/nonce') === (headers.signature === undefined)))
  return { key: key.publicKey, calls: sent.filter(({ url }) => !url.endsWith('/v1/nonce')) }
}

test('with a key every call is signed over what is sent, with a nonce that was never used before', async () => {
  const { key, calls } = await signedCalls(5, 8)
  assert.equal(calls.length, 40)
  assert.equal(new Set(calls.map(nonceOf)).size, 40)
  for (const { url, method, headers, body } of calls) {
    const proof = verifyRequest({ method, targetUri: url, headers })
    assert.equal(proof.key, key)
    assert.equal(proof.created, 1_700_000_000)
    assert.equal(`sha256:${proof.bodySha256}`, digestOfBytes(body!))
  }
})

test('any number of calls may run at once', async () => {
  const { calls } = await signedCalls(2, 40)
  assert.equal(new Set(calls.map(nonceOf)).size, 80)
})

test('the nonce of one answer signs the next request, so that a nonce is asked for once', async () => {
  const answers = (_: Sent, index: number) =>
    json({ id: '1' }, 200, { 'consort-nonce': `nonce-nonce-nonce-${index}` })
  const { sent, call } = against(answers, { key: createKeyPair() })
  for (let count = 0; count < 5; count++) await call(write, { body: { name: 'x' } })
  assert.deepEqual(sent.map(nonceOf), [
    undefined,
    ...[0, 1, 2, 3, 4].map(index => `nonce-nonce-nonce-${index}`),
  ])
})

test('a nonce that the server no longer knows is replaced, twice at most', async () => {
  const stale = new Refusal('nonce-unknown', 'old')
  for (const [refusals, succeeds] of [
    [1, true],
    [2, true],
    [3, false],
  ] as const) {
    let [left, issued] = [refusals as number, 0]
    const { sent, call } = against(
      ({ url }) => {
        const headers = { 'consort-nonce': `nonce-nonce-nonce-${issued++}` }
        if (url.endsWith('nonce')) return json({}, 200, headers)
        return left-- > 0 ? refused(stale, headers) : json({ id: '1' }, 200, headers)
      },
      { key: createKeyPair() },
    )
    const result = call(write, { body: { name: 'x' } })
    if (succeeds) assert.deepEqual(await result, { id: '1' })
    else await assert.rejects(result, { code: 'nonce-unknown' })
    const nonces = sent.filter(({ url }) => url.endsWith('things')).map(nonceOf)
    assert.equal(nonces.length, Math.min(refusals + 1, 3))
    assert.equal(new Set(nonces).size, nonces.length)
  }
})

test('other refusals are not tried again', async () => {
  for (const code of ['signature-invalid', 'caller-unknown', 'not-allowed', 'busy'] as const) {
    const { sent, call } = against(() =>
      refused(new Refusal(code, 'no', { hint: 'ask', path: 'name' }), { 'consort-nonce': 'n'.repeat(20) }),
    )
    await assert.rejects(call(write, { body: { name: 'x' } }), {
      code,
      message: 'no',
      hint: 'ask',
      path: 'name',
    })
    assert.equal(sent.length, 1)
  }
})

test('a server that gives no nonce is not one of ours', async () => {
  for (const nonce of [undefined, '', 'too-short', 'x'.repeat(129), 'nonce-nonce-nonce";alg="none']) {
    const headers = nonce === undefined ? {} : { 'consort-nonce': nonce }
    const { sent, call } = against(() => new Response('<html>', { headers }), { key: createKeyPair() })
    await assert.rejects(call(touch), { code: 'unreachable', message: /hub\.example gives no nonce/ })
    assert.equal(sent.length, 1)
  }
})

test('no answer is unreachable, and says which address and why', async () => {
  const failures: [unknown, RegExp][] = [
    [
      new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) }),
      /ECONNREFUSED/,
    ],
    [new TypeError('fetch failed', { cause: new Error('bad port') }), /bad port/],
    [new TypeError('fetch failed'), /fetch failed/],
    ['a string', /a string/],
  ]
  for (const [cause, says] of failures) {
    const { call } = against(() => Promise.reject(cause))
    const shown = { name: 'Refusal', code: 'unreachable', message: says, hint: /proxy or firewall/, cause }
    await assert.rejects(call(touch), shown)
    await assert.rejects(call(touch), { message: /https:\/\/hub\.example / })
  }
})

test('an answer that breaks off in the middle is unreachable', async () => {
  const broken = {
    status: 200,
    ok: true,
    headers: new Headers(),
    arrayBuffer: () => Promise.reject(new Error('terminated')),
  }
  const { call } = against(() => broken as unknown as Response)
  await assert.rejects(call(touch), { code: 'unreachable', message: /terminated/ })
})

/** As fetch does: settles only when its signal aborts. */
function untilAborted({ signal }: Sent): Promise<Response> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason))
  })
}

/** Timers of AbortSignal do not keep the process alive; a server's socket would. */
async function kept<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, 1000)
  try {
    return await promise
  } finally {
    clearInterval(timer)
  }
}

test('a call gives up after its time, and that is unreachable, also when it could be aborted', async () => {
  for (const signal of [undefined, new AbortController().signal]) {
    const { sent, call } = against(untilAborted)
    const options = { timeoutMs: 1, ...(signal && { signal }) }
    await assert.rejects(kept(call(touch, undefined, options)), { code: 'unreachable' })
    assert.equal(sent[0]!.signal.aborted, true)
  }
})

test('an abort ends the call with its own reason, before or while it runs', async () => {
  const { call, sent } = against(untilAborted)
  const reason = new Error('stop')
  const controller = new AbortController()
  const running = call(touch, undefined, { signal: controller.signal })
  running.catch(() => undefined)
  await new Promise(setImmediate)
  assert.equal(sent[0]!.signal.aborted, false)
  controller.abort(reason)
  assert.equal(sent[0]!.signal.aborted, true, 'the request itself is ended')
  await assert.rejects(running, reason)
  await assert.rejects(call(touch, undefined, { signal: AbortSignal.abort(reason) }), reason)
})

test('what a newer server adds to an answer is left out', async () => {
  const { call } = against(() => json({ id: '1', more: true }))
  assert.deepEqual(await call(write, { body: { name: 'x' } }), { id: '1' })
})

test('an answer in another form than agreed is unreachable, with a hint about versions', async () => {
  for (const answer of [{}, { id: 1 }, { ID: '1' }, [], null, 'x']) {
    const { call } = against(() => json(answer))
    await assert.rejects(call(write, { body: { name: 'x' } }), {
      code: 'unreachable',
      message: /POST \/v1\/things is not in the agreed form/,
      hint: /versions/,
    })
  }
})

const page = '<!doctype html><title>Sign in to the hospital’s Wi-Fi</title>'
for (const status of [200, 403, 404, 502, 511]) {
  test(`a captive portal that answers ${status} with a page is unreachable`, async () => {
    const { call } = against(() => new Response(page, { status, headers: { 'content-type': 'text/html' } }))
    await assert.rejects(call(write, { body: { name: 'x' } }), { code: 'unreachable' })
  })
}

test('a captive portal’s page does not pass for an acknowledgement', async () => {
  for (const body of [page, '']) {
    const { call } = against(
      () => new Response(body, { status: 200, headers: { 'content-type': 'text/html' } }),
    )
    await assert.rejects(call(upload, { body: new Uint8Array(4) }), { code: 'unreachable' })
    await assert.rejects(call(touch), { code: 'unreachable' })
  }
})

test('a captive portal’s page does not pass for octets', async () => {
  const { call } = against(
    () => new Response(page, { status: 200, headers: { 'content-type': 'text/html' } }),
  )
  await assert.rejects(call(download), { code: 'unreachable' })
})

test('an empty answer does not pass where a result is agreed', async () => {
  const { call } = against(() => new Response(null, { status: 204 }))
  await assert.rejects(call(write, { body: { name: 'x' } }), { code: 'unreachable' })
})

test('a timeout is called a timeout', async () => {
  const { call } = against(untilAborted)
  await assert.rejects(kept(call(touch, undefined, { timeoutMs: 1 })), { message: /time/i })
})

test('an abort also ends the wait for a nonce', async () => {
  const { call, sent } = against(untilAborted, { key: createKeyPair() })
  const reason = new Error('stop')
  const controller = new AbortController()
  const running = call(touch, undefined, { signal: controller.signal })
  running.catch(() => undefined)
  await new Promise(setImmediate)
  controller.abort(reason)
  assert.equal(sent[0]!.signal.aborted, true)
  await assert.rejects(running, reason)
  await assert.rejects(kept(call(touch, undefined, { timeoutMs: 1 })), { code: 'unreachable' })
})

test('a parameter cannot lead to another endpoint', async () => {
  for (const part of ['..', '.', '']) {
    const { call, sent } = against(() => json({ text: 'x' }))
    const refused = { code: 'input-invalid', path: 'part' }
    await assert.rejects(call(read, { params: { id: 'a', part }, query: {} }), refused)
    assert.deepEqual(sent, [])
  }
})

test('the nonce that comes with a refused one is used at once', async () => {
  let issued = 0
  const { sent, call } = against(
    ({ url }, index) => {
      const headers = { 'consort-nonce': `nonce-nonce-nonce-${issued++}` }
      if (url.endsWith('nonce')) return json({}, 200, headers)
      return index === 1
        ? refused(new Refusal('nonce-unknown', 'old'), headers)
        : json({ id: '1' }, 200, headers)
    },
    { key: createKeyPair() },
  )
  await call(write, { body: { name: 'x' } })
  assert.equal(sent.filter(({ url }) => url.endsWith('/v1/nonce')).length, 1)
})
