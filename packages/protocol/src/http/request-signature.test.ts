import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import test from 'node:test'
import { httpbis } from 'http-message-signatures'
import { createKeyPair, type PublicKey, verifySignature } from '../keys.ts'
import {
  contentDigestOf,
  isSigned,
  type RequestToSign,
  signRequest,
  verifyRequest,
} from './request-signature.ts'

const key = createKeyPair()
const request: RequestToSign = {
  method: 'PUT',
  targetUri: 'https://hub.example:8443/v1/tasks/tsk_0000000000000000/update?wait=5&a=%C3%A4',
  body: Buffer.from('{"hello": "world"}'),
  nonce: 'Abcdefghij0123456789-_',
  created: 1_700_000_000,
}
const { method, targetUri } = request
const headers = signRequest(request, key)

test('a signed request proves who sent it, with which nonce, when, and for which body', () => {
  assert.deepEqual(verifyRequest({ method, targetUri, headers }), {
    key: key.publicKey,
    nonce: request.nonce,
    created: request.created,
    bodySha256: '5f8f04f6a3a892aaabbddb6cf273894493773960d4a325b105fee46eef4304f1',
  })
  assert.equal(isSigned(headers), true)
})

test('the three headers are the ones of RFC 9421 and RFC 9530, letter for letter', () => {
  const [digest, input, signature] = [
    headers['content-digest'],
    headers['signature-input'],
    headers.signature,
  ]
  assert.deepEqual(Object.keys(headers).sort(), ['content-digest', 'signature', 'signature-input'])
  assert.equal(digest, 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:') // RFC 9530, appendix D
  assert.equal(
    input,
    'consort=("@method" "@target-uri" "content-digest");created=1700000000;nonce="Abcdefghij0123456789-_"' +
      `;keyid="${key.publicKey}";alg="ed25519"`,
  )
  const base = [
    '"@method": PUT',
    `"@target-uri": ${targetUri}`,
    `"content-digest": ${digest}`,
    `"@signature-params": ${input.slice('consort='.length)}`,
  ].join('\n')
  const bytes = Buffer.from(signature!.slice('consort=:'.length, -1), 'base64')
  assert.equal(verifySignature(key.publicKey, Buffer.from(base), bytes.toString('base64url')), true)
})

test('our verification agrees with the example of RFC 9421, appendix B.2.6', () => {
  const der = Buffer.from('MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=', 'base64')
  const { x } = createPublicKey({ key: der, format: 'der', type: 'spki' }).export({ format: 'jwk' })
  const base = `"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"`
  const signature = 'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=='
  const text = Buffer.from(signature, 'base64').toString('base64url')
  assert.equal(verifySignature(`ed25519:${x}`, Buffer.from(base), text), true)
  assert.equal(verifySignature(`ed25519:${x}`, Buffer.from(base.replace('POST', 'PUT')), text), false)
})

/** The independent implementation looks a key up by its identifier: here the identifier is the key. */
async function libraryAccepts(message: { method: string; url: string; headers: Record<string, string> }) {
  return await httpbis.verifyMessage(
    {
      requiredFields: ['@method', '@target-uri', 'content-digest'],
      requiredParams: ['created', 'nonce', 'keyid', 'alg'],
      keyLookup: async ({ keyid }) => ({
        algs: ['ed25519'],
        verify: async (base, signature) =>
          verifySignature(keyid as PublicKey, base, Buffer.from(signature).toString('base64url')),
      }),
    },
    message,
  )
}

test('an independent implementation of RFC 9421 accepts our signatures, and notices every change', async () => {
  assert.equal(await libraryAccepts({ method, url: targetUri, headers }), true)
  assert.equal(await libraryAccepts({ method: 'POST', url: targetUri, headers }), false)
  assert.equal(await libraryAccepts({ method, url: `${targetUri}&b=1`, headers }), false)
  const digest = { ...headers, 'content-digest': contentDigestOf(Buffer.from('another')) }
  assert.equal(await libraryAccepts({ method, url: targetUri, headers: digest }), false)
  const nonce = { ...headers, 'signature-input': headers['signature-input']!.replace('Abc', 'abc') }
  assert.equal(await libraryAccepts({ method, url: targetUri, headers: nonce }), false)
})

test('we accept the signatures that an independent implementation of RFC 9421 makes', async () => {
  const body = Buffer.from('anything')
  const signed = await httpbis.signMessage(
    {
      name: 'consort',
      key: {
        id: key.publicKey,
        alg: 'ed25519',
        sign: async base => Buffer.from(key.sign(base), 'base64url'),
      },
      fields: ['@method', '@target-uri', 'content-digest'],
      params: ['created', 'nonce', 'keyid', 'alg'],
      paramValues: { created: new Date(1_700_000_000_000), nonce: request.nonce },
    },
    { method, url: targetUri, headers: { 'content-digest': contentDigestOf(body) } },
  )
  const lower = Object.fromEntries(
    Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const proof = verifyRequest({ method, targetUri, headers: lower })
  assert.equal(proof.key, key.publicKey)
  assert.equal(proof.created, 1_700_000_000)
})

test('a body of nothing, odd methods and addresses are signed like any other', () => {
  for (const targetUri of [
    'http://127.0.0.1:1/',
    'https://ä.example/%00?x=%22',
    `https://h/${'a'.repeat(3000)}`,
  ]) {
    const signed = signRequest({ ...request, method: 'GET', targetUri, body: new Uint8Array() }, key)
    const { bodySha256 } = verifyRequest({ method: 'GET', targetUri, headers: signed })
    assert.equal(bodySha256, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  }
})

test('a request without any signature is told apart from one with a broken signature', () => {
  for (const none of [{}, { 'content-digest': headers['content-digest'] }, { authorization: 'Bearer x' }]) {
    assert.equal(isSigned(none), false)
    assert.throws(() => verifyRequest({ method, targetUri, headers: none }), {
      code: 'signature-missing',
      hint: /docs/,
    })
  }
  for (const half of [{ signature: headers.signature }, { 'signature-input': headers['signature-input'] }]) {
    assert.equal(isSigned(half), true)
    assert.throws(() => verifyRequest({ method, targetUri, headers: half }), { code: 'signature-invalid' })
  }
})

const other = createKeyPair()
type Change = Partial<
  Record<'method' | 'targetUri' | 'content-digest' | 'signature-input' | 'signature', unknown>
>

function inInput(from: string | RegExp, to: string): Change {
  const input = headers['signature-input']!.replace(from, to)
  assert.notEqual(input, headers['signature-input'])
  return { 'signature-input': input }
}

/** Well formed, but not what was signed. */
const tampered: Record<string, Change> = {
  'another method': { method: 'POST' },
  'the method in small letters': { method: 'put' },
  'another path': { targetUri: targetUri.replace('update', 'metrics') },
  'another query': { targetUri: targetUri.replace('wait=5', 'wait=6') },
  'a query less': { targetUri: targetUri.split('?')[0]! },
  'another host': { targetUri: targetUri.replace('hub.', 'hub2.') },
  'another port': { targetUri: targetUri.replace(':8443', '') },
  'another scheme': { targetUri: targetUri.replace('https', 'http') },
  'the same letter otherwise encoded': { targetUri: targetUri.replace('%C3', '%c3') },
  'the digest of another body': { 'content-digest': contentDigestOf(Buffer.from('another')) },
  'another nonce': inInput('Abc', 'abc'),
  'another time': inInput('created=1700000000', 'created=1700000001'),
  'another key': inInput(key.publicKey, other.publicKey),
  'a key that is none': inInput(key.publicKey, `ed25519:${'_'.repeat(43)}`),
  'a key of another kind': inInput('keyid="ed25519:', 'keyid="ed25518:'),
  'a signature of another key': { signature: signRequest(request, other).signature },
  'a signature of another request': { signature: signRequest({ ...request, created: 1 }, key).signature },
  'a signature of zeros': { signature: `consort=:${Buffer.alloc(64).toString('base64')}:` },
}

/** Not the one form that is accepted. */
const malformed: Record<string, Change> = {
  'no signature': { signature: undefined },
  'no signature input': { 'signature-input': undefined },
  'no digest': { 'content-digest': undefined },
  'an empty signature': { signature: '' },
  'another label': { signature: headers.signature!.replace('consort', 'sig1') },
  'a second label': { signature: `${headers.signature}, sig1=:AAAA:` },
  'a signature that is too short': { signature: 'consort=:AAAA:' },
  'a signature in base64url': { signature: `consort=:${'-_'.repeat(43)}==:` },
  'a token for a signature': { signature: headers.signature!.replaceAll(':', '') },
  'SHA-512': { 'content-digest': headers['content-digest']!.replace('sha-256', 'sha-512') },
  'two digests': { 'content-digest': `${headers['content-digest']}, sha-512=:AAAA:` },
  'a digest in hexadecimal': { 'content-digest': `sha-256=:${'0'.repeat(64)}:` },
  'a component less': inInput(' "content-digest"', ''),
  'another order of components': inInput('"@method" "@target-uri"', '"@target-uri" "@method"'),
  'a component more': inInput('"content-digest")', '"content-digest" "date")'),
  'a parameter less': inInput(/;nonce="[^"]*"/, ''),
  'a parameter more': inInput(';alg=', ';expires=1;alg='),
  'another order of parameters': inInput(/;created=(\d+);nonce="([^"]*)"/, ';nonce="$2";created=$1'),
  'another algorithm': inInput('alg="ed25519"', 'alg="hmac-sha256"'),
  'no algorithm': inInput(';alg="ed25519"', ''),
  'a time before 1970': inInput('created=', 'created=-'),
  'a time with a fraction': inInput('1700000000', '1700000000.5'),
  'a time too far away': inInput('1700000000', '1'.repeat(13)),
  'a nonce too short': inInput(request.nonce, 'A'.repeat(15)),
  'a nonce too long': inInput(request.nonce, 'A'.repeat(129)),
  'a nonce with a quote': inInput(request.nonce, 'AAAAAAAAAAAAAAAA\\"AAAA'),
  'a key too short': inInput(key.publicKey, key.publicKey.slice(0, -1)),
  'a line break inside': inInput(';created', '\n;created'),
  'a line break behind': { 'signature-input': `${headers['signature-input']}\n` },
  'white space before': { 'signature-input': ` ${headers['signature-input']}` },
  'two values of one header': { signature: [headers.signature, headers.signature] },
  'two signature inputs': { 'signature-input': [headers['signature-input'], headers['signature-input']] },
  'two digest headers': { 'content-digest': [headers['content-digest'], headers['content-digest']] },
  'a list of no values': { signature: [] },
}

for (const [changes, hint] of [
  [tampered, /CONSORT_PUBLIC_URL/],
  [malformed, /"@method" "@target-uri" "content-digest"/],
] as const) {
  for (const [
    what,
    { method: otherMethod = method, targetUri: otherUri = targetUri, ...change },
  ] of Object.entries(changes)) {
    test(`not accepted: ${what}`, () => {
      const message = {
        method: String(otherMethod),
        targetUri: String(otherUri),
        headers: { ...headers, ...change } as never,
      }
      assert.throws(() => verifyRequest(message), { name: 'Refusal', code: 'signature-invalid', hint })
    })
  }
}

test('a header that arrives as a list of one value is that value', () => {
  const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))
  assert.equal(verifyRequest({ method, targetUri, headers: lists }).key, key.publicKey)
})

test('a nonce that would change the meaning of the signature input is not signed', () => {
  for (const nonce of ['x";alg="none', 'x\n"@method": DELETE', '']) {
    assert.throws(() => signRequest({ ...request, nonce }, key))
  }
})
