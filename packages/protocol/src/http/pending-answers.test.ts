import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import test, { type TestContext } from 'node:test'
import Fastify from 'fastify'
import { z } from 'zod'
import { createCaller } from './caller.ts'
import { endpoint } from './endpoint.ts'
import { serveEndpoints } from './routes.ts'

/** What is answered later, and how long a caller would rather wait for it. */
const group = {
  ask: endpoint({
    method: 'POST',
    path: '/v1/questions',
    summary: 'Waits, or promises',
    access: 'public',
    query: z.strictObject({ wait: z.coerce.number().min(0).max(25).default(0) }),
    body: z.strictObject({ isHard: z.boolean() }),
    result: z.object({ isDone: z.boolean(), waited: z.number() }),
    isPending: ({ isDone }) => !isDone,
  }),
  touch: endpoint({ method: 'POST', path: '/v1/touch', summary: 'Knows no waiting', access: 'public' }),
}

async function start(context: TestContext): Promise<string> {
  const app = Fastify({ forceCloseConnections: true })
  serveEndpoints(app, {
    group,
    handlers: {
      ask: ({ body, query }) => ({ isDone: !body.isHard || query.wait > 5, waited: query.wait }),
      touch: () => undefined,
    },
    issueNonce: () => 'nonce',
    onError: () => {},
    admit: { public: () => ({ caller: 'anyone', bodySha256: undefined }) },
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  context.after(() => app.close())
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
}

async function ask(url: string, { prefer, query = '' }: { prefer?: string; query?: string }, isHard = true) {
  const response = await fetch(`${url}/v1/questions${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(prefer !== undefined && { prefer }) },
    body: JSON.stringify({ isHard }),
  })
  const { waited } = (await response.json()) as { waited?: number }
  return { status: response.status, waited, applied: response.headers.get('preference-applied') }
}

test('an answer that only promises is a 202, and nothing else is', async t => {
  const url = await start(t)
  assert.equal((await ask(url, {})).status, 202)
  assert.equal((await ask(url, {}, false)).status, 200)
  const call = createCaller({ base: url, fetch: fetch as never, nowMs: () => 0 })
  assert.deepEqual(await call(group.ask, { body: { isHard: true } }), { isDone: false, waited: 0 })
  assert.deepEqual(await call(group.ask, { body: { isHard: true }, query: { wait: 6 } }), {
    isDone: true,
    waited: 6,
  })
})

test('a preference to wait is what the query says elsewhere, up to what a poll may take', async t => {
  const url = await start(t)
  const taken = [
    ['wait=10', 10, 'wait=10'],
    ['respond-async, wait=7', 7, 'wait=7'],
    ['WAIT = "3"; x=1', 3, 'wait=3'],
    ['wait=600', 25, 'wait=25'],
    ['wait=0', 0, 'wait=0'],
    ['respond-async', 0, null],
    ['await=10', 0, null],
    ['wait=ten', 0, null],
    ['wait=-5', 0, null],
    ['wait=1.5', 0, null],
  ] as const
  for (const [prefer, waited, applied] of taken) {
    const { status, ...said } = await ask(url, { prefer })
    assert.deepEqual([status, said], [waited > 5 ? 200 : 202, { waited, applied }], prefer)
  }
  assert.deepEqual(await ask(url, { prefer: 'wait=10', query: '?wait=2' }), {
    status: 202,
    waited: 2,
    applied: null,
  })
})

test('where nothing can be waited for, the preference is passed over', async t => {
  const url = await start(t)
  const response = await fetch(`${url}/v1/touch`, { method: 'POST', headers: { prefer: 'wait=3' } })
  assert.deepEqual([response.status, response.headers.get('preference-applied')], [204, null])
})
