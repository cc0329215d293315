import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { openHub, readHubConfig } from '@consort/hub'
import { enrol, openHubConnection, readNodeConfig } from '@consort/node'
import { createCaller, createKeyPair, hubEndpoints, parseInvite, parseKeyPair } from '@consort/protocol'
import { makeCertificate } from '../examples/pilot/setting/certificate.ts'
import { openCompanyProxy } from './company-proxy.ts'
import { silent } from './network.ts'

const withoutOpenssl =
  spawnSync('openssl', ['version']).status !== 0 && 'openssl is not installed: apt install openssl'

test('a node reaches a hub over TLS with a private authority, through a proxy, and not without trusting it', {
  skip: withoutOpenssl,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'consort-tls-'))
  const { authority: ca, cert, key } = makeCertificate(directory, '192.0.2.7')
  const hubConfig = readHubConfig({
    CONSORT_DATA: join(directory, 'hub'),
    CONSORT_LISTEN: '127.0.0.1:0',
    CONSORT_PUBLIC_URL: 'https://192.0.2.7', // an address for documents; the proxy finds the hub behind it
    CONSORT_TLS_CERT: cert,
    CONSORT_TLS_KEY: key,
    CONSORT_LOG: 'silent',
  })
  await using hub = await openHub(hubConfig, { log: silent })
  assert.match(hub.url, /^https:/)
  await using proxy = await openCompanyProxy(Number(new URL(hub.url).port))
  const settings = { CONSORT_CA_FILE: ca, HTTPS_PROXY: proxy.url }
  const operatorKey = parseKeyPair(readFileSync(join(directory, 'hub', 'operator.key'), 'utf8'))
  await using operator = openHubConnection('https://192.0.2.7', {
    key: operatorKey,
    config: readNodeConfig(settings),
    nowMs: Date.now,
  })
  const { invite } = await operator.call(hubEndpoints.createInvite, { body: { name: 'a' } })
  const nodeConfig = (more: Record<string, string>) =>
    readNodeConfig({ CONSORT_DATA: join(directory, 'a'), ...more })
  await assert.rejects(enrol(nodeConfig({ HTTPS_PROXY: proxy.url }), parseInvite(invite)), {
    code: 'unreachable',
    message: /SELF_SIGNED|UNABLE_TO|issuer/,
  })
  const enrolled = await enrol(nodeConfig(settings), parseInvite(invite))
  assert.equal(enrolled.name, 'a')
  assert.deepEqual([...new Set(proxy.tunnels)], ['192.0.2.7:443'])
  rmSync(directory, { recursive: true })
})

test('nothing goes out in the clear: neither hub nor node speaks plain HTTP off loopback', async () => {
  const key = createKeyPair()
  const config = readNodeConfig({})
  assert.throws(() => openHubConnection('http://hub.example:7070', { key, config, nowMs: Date.now }), {
    code: 'tls-required',
  })
  const listening = readHubConfig({ CONSORT_LISTEN: '0.0.0.0:7070', CONSORT_LOG: 'silent' })
  await assert.rejects(openHub(listening), { code: 'tls-required', message: /0\.0\.0\.0/ })
  const advertised = readHubConfig({ CONSORT_PUBLIC_URL: 'http://hub.example', CONSORT_LOG: 'silent' })
  await assert.rejects(openHub(advertised), { code: 'tls-required' })
  assert.throws(() => readHubConfig({ CONSORT_TLS_CERT: 'only-one.pem' }), {
    code: 'input-invalid',
    message: /go together/,
  })
})

test('a stranger who answers in the hub’s place is noticed before anything is signed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'consort-stranger-'))
  const configOf = (name: string) =>
    readHubConfig({
      CONSORT_DATA: join(directory, name),
      CONSORT_LISTEN: '127.0.0.1:0',
      CONSORT_LOG: 'silent',
    })
  await using hub = await openHub(configOf('hub'), { log: silent })
  await using stranger = await openHub(configOf('stranger'), { log: silent })
  const operatorKey = parseKeyPair(readFileSync(join(directory, 'hub', 'operator.key'), 'utf8'))
  const operator = createCaller({ base: hub.url, fetch: fetch as never, key: operatorKey, nowMs: Date.now })
  const { invite } = await operator(hubEndpoints.createInvite, { body: { name: 'a' } })
  const diverted = { ...parseInvite(invite), hubUrl: stranger.url }
  const config = readNodeConfig({ CONSORT_DATA: join(directory, 'a') })
  await assert.rejects(enrol(config, diverted), { code: 'roster-altered', message: /its key is another/ })
  rmSync(directory, { recursive: true })
})
