import assert from 'node:assert/strict'
import test from 'node:test'
import { isLoopback, readNoProxy } from './no-proxy.ts'

const own = [
  'http://localhost:1',
  'https://LOCALHOST',
  'https://localhost.',
  'https://hub.localhost:8443',
  'http://127.0.0.1:7070',
  'https://127.255.255.254',
  'http://127.1',
  'http://0x7f000001',
  'http://[::1]:7070',
  'http://[0:0:0:0:0:0:0:1]',
  'http://[::ffff:127.0.0.1]:7070',
  'http://[::ffff:7f01:203]',
]
const others = [
  'https://localhost.example',
  'https://mylocalhost',
  'https://127.0.0.1.example',
  'https://128.0.0.1',
  'https://10.0.0.1',
  'https://[::2]',
  'https://[::ffff:10.0.0.1]',
]

test('loopback is known by every name and spelling, and nothing else is', () => {
  assert.deepEqual(
    own.map(url => [url, isLoopback(new URL(url))]),
    own.map(url => [url, true]),
  )
  assert.deepEqual(
    others.map(url => [url, isLoopback(new URL(url))]),
    others.map(url => [url, false]),
  )
})

test('loopback never goes through a proxy, whatever NO_PROXY says', () => {
  for (const text of [undefined, '', 'hub.example', '127.0.0.1:99'])
    for (const url of own) assert.equal(readNoProxy(text)(new URL(url)), true, `${url} with ${text}`)
  assert.deepEqual(
    others.filter(url => readNoProxy(undefined)(new URL(url))),
    [],
  )
})

/** What NO_PROXY says, what is reached without the proxy, and what is not. */
const table: [noProxy: string, direct: string[], proxied: string[]][] = [
  ['*', ['https://hub.example', 'https://10.0.0.1', 'https://[2001:db8::1]'], []],
  ['other.example, *', ['https://hub.example'], []],
  [
    'hub.example',
    ['https://hub.example', 'https://a.hub.example:8443'],
    ['https://myhub.example', 'https://example'],
  ],
  ['.hub.example', ['https://hub.example', 'https://a.hub.example'], ['https://myhub.example']],
  ['*.hub.example', ['https://hub.example', 'https://a.hub.example'], ['https://myhub.example']],
  ['Hub.EXAMPLE.', ['https://hub.example', 'https://HUB.example.'], ['https://hub.example.org']],
  ['hub.example:8443', ['https://hub.example:8443', 'https://a.hub.example:8443'], ['https://hub.example']],
  ['hub.example:443', ['https://hub.example'], ['https://hub.example:8443']],
  [
    ' a.example ,b.example\tc.example,,',
    ['https://a.example', 'https://b.example', 'https://c.example'],
    ['https://d.example'],
  ],
  ['医院.example', ['https://医院.example', 'https://a.医院.example'], ['https://hub.example']],
  [
    '10.0.0.1',
    ['https://10.0.0.1', 'https://10.0.0.1:8443', 'https://[::ffff:10.0.0.1]'],
    ['https://10.0.0.2', 'https://110.0.0.1'],
  ],
  ['10.0.0.1:8443', ['https://10.0.0.1:8443'], ['https://10.0.0.1']],
  ['0.1', [], ['https://10.0.0.1']],
  [
    '10.0.0.0/8',
    ['https://10.200.3.4', 'https://[::ffff:10.1.2.3]'],
    ['https://11.0.0.1', 'https://hub.example'],
  ],
  ['10.1.2.3/16', ['https://10.1.200.3'], ['https://10.2.0.1']],
  ['::ffff:10.0.0.0/104', ['https://10.200.3.4'], ['https://11.0.0.1']],
  ['0.0.0.0/0', ['https://203.0.113.9'], ['https://[2001:db8::1]', 'https://hub.example']],
  ['2001:db8::1', ['https://[2001:db8::1]', 'https://[2001:DB8:0:0::1]:8443'], ['https://[2001:db8::2]']],
  ['[2001:db8::1]', ['https://[2001:db8::1]:8443'], ['https://[2001:db8::2]']],
  ['[2001:db8::1]:8443', ['https://[2001:db8::1]:8443'], ['https://[2001:db8::1]']],
  ['fd00::/8', ['https://[fd12:3456::1]'], ['https://[fe80::1]', 'https://10.0.0.1']],
  [
    '10.0.0.0/33, fd00::/129, 10.0.0.0/, /8, :, [], http://hub.example, .',
    [],
    ['https://10.0.0.1', 'https://[fd00::1]', 'https://hub.example'],
  ],
]
for (const [noProxy, direct, proxied] of table)
  test(`NO_PROXY ${noProxy}`, () => {
    const isDirect = readNoProxy(noProxy)
    assert.deepEqual(
      direct.filter(url => !isDirect(new URL(url))),
      [],
      'goes through the proxy',
    )
    assert.deepEqual(
      proxied.filter(url => isDirect(new URL(url))),
      [],
      'goes around the proxy',
    )
  })
