import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import test, { type TestContext } from 'node:test'
import { Refusal } from '@consort/basics'
import Fastify from 'fastify'
import { z } from 'zod'
import { type Caller, type CallerSetup, createCaller, type Fetch } from './caller.ts'
import { endpoint } from './endpoint.ts'
import { serveEndpoints } from './routes.ts'
import { checkSupport, formatSupport, olderSide, parseSupport, type WireSupport } from './wire.ts'

const support = (version: string, wire: number, wireMin = 1): WireSupport => ({ version, wire, wireMin })
const unsaid = { version: undefined, wire: 1, wireMin: 1 }

test('what a side speaks is read as it was written; absent it is wire 1, and more may follow', () => {
  const spoken = support('1.2.3-rc.1', 7, 5)
  assert.equal(formatSupport(spoken), '1.2.3-rc.1;wire=7;min=5')
  assert.deepEqual(parseSupport(formatSupport(spoken)), spoken)
  assert.deepEqual(parseSupport(undefined), unsaid)
  assert.deepEqual(parseSupport('2.0.0;wire=8;min=6;of=tomorrow'), support('2.0.0', 8, 6))
  for (const header of [
    '',
    '1.0.0',
    '1.0.0;wire=0;min=0',
    '1.0.0;wire=1;min=2',
    '1 0;wire=1;min=1',
    'x;wire=a;min=1',
  ])
    assert.equal(parseSupport(header), undefined, header)
})

test('sides with a form in common serve each other, others are told who has to be upgraded', () => {
  const fits = (caller: WireSupport, server: WireSupport): string | undefined => {
    try {
      checkSupport({ caller, server })
      return undefined
    } catch (error) {
      assert.ok(error instanceof Refusal && error.code === 'version-unsupported')
      return `${error.message} ${error.hint}`
    }
  }
  assert.equal(fits(support('1.0.0', 1), support('1.0.0', 1)), undefined)
  assert.equal(fits(unsaid, support('2.0.0', 3)), undefined)
  assert.equal(fits(support('2.0.0', 3), unsaid), undefined)
  assert.match(
    fits(support('1.0.0', 1), support('2.0.0', 3, 2)) ?? '',
    /caller is Consort 1\.0\.0 \(wire 1\), the server Consort 2\.0\.0 \(wire 2 to 3\).*Upgrade the caller .*2\.0\.0/,
  )
  assert.match(
    fits(support('2.0.0', 3, 2), support('1.0.0', 1)) ?? '',
    /caller is Consort 2\.0\.0 \(wire 2 to 3\), the server Consort 1\.0\.0 \(wire 1\).*Upgrade the server .*2\.0\.0/,
  )
  assert.match(fits(unsaid, support('2.0.0', 3, 2)) ?? '', /does not say its version \(wire 1\)/)
})

test('the older side is the one with the smaller version, or the one that says none', () => {
  const sides = (caller: WireSupport, server: WireSupport) => olderSide({ caller, server })
  assert.equal(sides(support('1.0.0', 1), support('1.0.1', 1)), 'caller')
  assert.equal(sides(support('1.0.0', 1), support('0.9.0', 1)), 'server')
  assert.equal(sides(support('1.0.0', 1), unsaid), 'server')
  assert.equal(sides(support('1.0.0', 1), support('1.0.0', 1)), undefined)
})

const touch = endpoint({
  method: 'POST',
  path: '/v1/touch',
  summary: 'Touches',
  access: 'public',
  result: z.object({ touched: z.int() }),
})
/** The same as an older caller knows it. */
const touchBefore = endpoint({
  method: 'POST',
  path: '/v1/touch',
  summary: 'Touches',
  access: 'public',
  result: z.object({ moved: z.int() }),
})
const later = endpoint({ method: 'POST', path: '/v1/later', summary: 'Is not here', access: 'public' })

interface Server {
  readonly url: string
  readonly touched: () => number
  callerOf(setup: Partial<CallerSetup>): Caller
}

async function serve(context: TestContext, server: WireSupport | undefined): Promise<Server> {
  const app = Fastify({ forceCloseConnections: true })
  let touched = 0
  serveEndpoints(app, {
    group: { touch },
    handlers: {
      touch: () => {
        touched += 1
        return { touched }
      },
    },
    admit: { public: () => ({ caller: undefined, bodySha256: undefined }) },
    issueNonce: () => 'a-nonce-of-the-server',
    ...(server && { support: server }),
    onError: error => assert.fail(String(error)),
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  context.after(() => app.close())
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  return {
    url,
    touched: () => touched,
    callerOf: setup =>
      createCaller({ base: url, fetch: fetch as unknown as Fetch, nowMs: () => 0, ...setup }),
  }
}

test('a server serves older callers that it can, and calls that say nothing', async context => {
  const server = await serve(context, support('2.0.0', 3))
  assert.deepEqual(await server.callerOf({})(touch), { touched: 1 })
  assert.deepEqual(await server.callerOf({ support: support('1.0.0', 1) })(touch), { touched: 2 })
  assert.deepEqual(await server.callerOf({ support: support('3.0.0', 4, 2) })(touch), { touched: 3 })
})

test('a server tells callers that it cannot serve, before anything is done', async context => {
  const server = await serve(context, support('2.0.0', 3, 2))
  for (const caller of [undefined, support('1.0.0', 1), support('4.0.0', 5, 4)]) {
    const call = server.callerOf(caller ? { support: caller } : {})
    await assert.rejects(call(touch), { code: 'version-unsupported', message: /Consort 2\.0\.0/ })
  }
  const answer = await fetch(`${server.url}/v1/touch`, { method: 'POST' })
  assert.deepEqual([answer.status, answer.headers.get('consort-version')], [400, '2.0.0;wire=3;min=2'])
  assert.equal(server.touched(), 0)
  const garbled = await fetch(`${server.url}/v1/touch`, {
    method: 'POST',
    headers: { 'consort-version': '?' },
  })
  assert.match(await garbled.text(), /input-invalid.*consort-version/)
})

test('a caller hears what the server runs, also one from before versions were said, and refuses by itself', async context => {
  const heard: WireSupport[] = []
  const onServer = (spoken: WireSupport): void => void heard.push(spoken)
  const newer = await serve(context, support('2.0.0', 3))
  await newer.callerOf({ onServer, support: support('1.0.0', 1) })(touch)
  const older = await serve(context, undefined)
  await older.callerOf({ onServer, support: support('2.0.0', 3) })(touch)
  assert.deepEqual(heard, [support('2.0.0', 3), unsaid])
  await assert.rejects(older.callerOf({ support: support('3.0.0', 4, 2) })(touch), {
    code: 'version-unsupported',
    hint: /Upgrade the server/,
  })
})

test('an answer in a form that the caller does not know is told by versions, where the server is the newer side', async context => {
  const asked = async (server: WireSupport | undefined) => {
    const { callerOf } = await serve(context, server)
    return callerOf({ support: support('1.0.0', 1) })(touchBefore)
  }
  for (const newer of [support('2.0.0', 1), support('1.0.0', 2)])
    await assert.rejects(asked(newer), {
      code: 'version-unsupported',
      message: new RegExp(`POST /v1/touch.*Consort 1\\.0\\.0.*Consort ${newer.version}`),
      hint: /Upgrade the caller/,
    })
  for (const other of [support('1.0.0', 1), support('0.9.0', 1), undefined])
    await assert.rejects(asked(other), { code: 'unreachable' })
})

test('what stands between says nothing about a version', async () => {
  const portal: Fetch = async () => new Response('<html>', { status: 200 })
  const call = createCaller({
    base: 'http://hub.example',
    fetch: portal,
    nowMs: () => 0,
    support: support('3.0.0', 4, 2),
    onServer: () => assert.fail('a portal is no server of ours'),
  })
  await assert.rejects(call(touch), { code: 'unreachable' })
  const headers = { 'consort-version': '99.0.0;wire=9;min=1' }
  const echoing: Fetch = async () => new Response('<html>', { status: 200, headers })
  const through = { base: 'http://hub.example', fetch: echoing, nowMs: () => 0, support: support('1.0.0', 1) }
  await assert.rejects(createCaller(through)(touch), { code: 'unreachable' })
})

test('a newer caller that asks for what is not here yet is told why', async context => {
  const server = await serve(context, support('1.0.0', 1))
  const asked = (caller: WireSupport): Promise<unknown> => server.callerOf({ support: caller })(later)
  await assert.rejects(asked(support('2.0.0', 1)), { code: 'not-found', hint: /2\.0\.0.*1\.0\.0.*upgrade/ })
  await assert.rejects(asked(support('1.0.0', 1)), { code: 'not-found', hint: undefined })
})
