import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import { openHubConnection, readNodeConfig } from '@consort/node'
import { createKeyPair, hubEndpoints, Refusal } from '@consort/protocol'
import { startConsort as startOfQuickstart } from '../examples/quickstart/processes.ts'
import { consort, startConsort } from './cli-process.ts'
import { openCompanyProxy } from './company-proxy.ts'
import { tableRecipe, writeTable } from './table-data.ts'

/** What a company's machines are told; the last makes Node itself obey. */
function settingsFor(proxy: string): Record<string, string> {
  const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']
  return { ...Object.fromEntries(names.map(name => [name, proxy])), NODE_USE_ENV_PROXY: '1' }
}

test('behind a proxy, nothing between processes of one machine goes through it', async () => {
  const root = mkdtempSync(join(tmpdir(), 'consort-proxy-'))
  const at = (name: string): string => join(root, name)
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(root, { recursive: true, force: true }))
  await using proxy = await openCompanyProxy()
  const before = { ...process.env }
  for (const name of ['NO_PROXY', 'no_proxy']) delete process.env[name]
  Object.assign(process.env, settingsFor(proxy.url)) // for the processes; this one has read its own
  stack.defer(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
    Object.assign(process.env, before)
  })
  const run = async (...line: string[]): Promise<string> => {
    const { code, out, err } = await consort(...line)
    assert.equal(code, 0, `${line.join(' ')}: ${err}`)
    return out
  }

  const listen = ['hub', 'start', '--data', at('hub'), '--listen', '127.0.0.1:0']
  const hub = stack.use(startOfQuickstart(listen, { log: at('hub.log') }))
  await hub.ready
  const { invite } = JSON.parse(await run('--data', at('hub'), 'hub', 'invite', 'north', '--json'))
  await run('--data', at('north'), 'partner', 'enrol', invite)
  stack.use(await startConsort('--data', at('north'), 'partner', 'start'))
  writeTable(at('north.csv'), { rows: 120, seed: 1 })
  const data = ['--csv', at('north.csv'), '--label', 'state', '--validation', '0.2']
  await run('--data', at('north'), 'dataset', 'add', 'plane', ...data)
  await run('--data', at('north'), 'roster', 'sign', '--yes')
  writeFileSync(
    at('recipe.json'),
    JSON.stringify({ ...tableRecipe, federation: { rounds: 1, partnersMin: 1 } }),
  )
  const view = JSON.parse(await run('--data', at('hub'), 'run', 'start', at('recipe.json'), '--json'))
  assert.equal(view.phase, 'done', view.reason)
  await run('--data', at('north'), 'doctor')
  assert.equal(proxy.connections(), 0)

  await using away = openHubConnection('https://hub.example', {
    key: createKeyPair(),
    config: readNodeConfig(settingsFor(proxy.url)),
    nowMs: Date.now,
  })
  await assert.rejects(away.call(hubEndpoints.getHub), { code: 'unreachable' })
  assert.deepEqual([...new Set(proxy.tunnels)], ['hub.example:443'], 'what goes out does go through it')
})

test('a webhook’s receiver on this machine is reached directly, where Node itself uses proxies', async t => {
  await using proxy = await openCompanyProxy()
  const receiver = createServer((_request, response) => response.end('heard'))
  t.after(() => receiver.close())
  await new Promise<void>(resolve => receiver.listen(0, '127.0.0.1', resolve))
  const { port } = receiver.address() as { port: number }
  const call = async (name: 'fetchPastProxies' | 'fetch'): Promise<string> => {
    const program = `
      import { fetchPastProxies } from '@consort/node'
      const answer = await ${name}('http://127.0.0.1:${port}/', {}).catch(() => undefined)
      console.log(answer === undefined ? 'nothing' : await answer.text())
    `
    const line = ['--conditions=source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e']
    const { NO_PROXY: _, no_proxy: __, ...environment } = process.env
    const env = { ...environment, ...settingsFor(proxy.url) }
    return (await promisify(execFile)(process.execPath, [...line, program], { env })).stdout.trim()
  }
  assert.equal(await call('fetchPastProxies'), 'heard')
  assert.equal(proxy.connections(), 0)
  assert.equal(await call('fetch'), 'nothing', 'Node’s own would not')
  assert.ok(proxy.connections() > 0)
})

test('an address that is no proxy’s is named by its setting, never by its text', () => {
  const open = (address: string) =>
    openHubConnection('https://hub.example', {
      key: createKeyPair(),
      config: readNodeConfig({ HTTPS_PROXY: address }),
      nowMs: Date.now,
    })
  for (const address of ['ftp://anna:secret@proxy.example', 'http://anna:secret@:3128', 'http://'])
    assert.throws(
      () => open(address),
      (error: unknown) =>
        error instanceof Refusal &&
        error.code === 'input-invalid' &&
        /HTTPS_PROXY/.test(error.message) &&
        !/secret/.test(`${error.message} ${error.hint}`),
    )
  for (const address of ['proxy.example:3128', 'http://proxy.example:3128', 'https://proxy.example', ''])
    assert.doesNotThrow(() => open(address))
})
