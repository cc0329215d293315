import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import test from 'node:test'
import {
  createKeyPair,
  fingerprintOf,
  type PublicKey,
  parseKeyPair,
  publicKeySchema,
  signatureSchema,
  verifySignature,
  verifySignatureInPool,
} from './keys.ts'

/** RFC 8032, section 7.1, tests 1 to 3. */
const vectors = [
  {
    secret: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    key: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    secret: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    secret: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    key: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
]

function keyOf(hex: string): PublicKey {
  return `ed25519:${Buffer.from(hex, 'hex').toString('base64url')}`
}

function pemOfSecret(hex: string): string {
  const der = Buffer.from(`302e020100300506032b657004220420${hex}`, 'hex') // RFC 8410, section 7
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`
}

test('signing and verifying agree with the vectors of RFC 8032', () => {
  for (const { secret, key, message, signature } of vectors) {
    const bytes = Buffer.from(message, 'hex')
    const text = Buffer.from(signature, 'hex').toString('base64url')
    const pair = parseKeyPair(pemOfSecret(secret))
    assert.equal(pair.publicKey, keyOf(key))
    assert.equal(pair.sign(bytes), text)
    assert.equal(verifySignature(keyOf(key), bytes, text), true)
    assert.equal(verifySignature(keyOf(key), Buffer.from('another'), text), false)
  }
})

test('the pool of threads finds what this thread finds', async () => {
  const pair = createKeyPair()
  const bytes = Buffer.from('text')
  const signature = pair.sign(bytes)
  const offCurve = keyOf(`02${'00'.repeat(31)}`)
  assert.equal(await verifySignatureInPool(pair.publicKey, bytes, signature), true)
  for (const [key, text, said] of [
    [pair.publicKey, bytes, pair.sign(Buffer.from('other'))],
    [pair.publicKey, Buffer.from('other'), signature],
    [createKeyPair().publicKey, bytes, signature],
    [offCurve, bytes, signature],
    [pair.publicKey, bytes, 'short'],
    ['ed25519:short', bytes, signature],
  ] as const) {
    assert.equal(await verifySignatureInPool(key, text, said), false)
    assert.equal(verifySignature(key, text, said), false)
  }
})

test('one flipped bit anywhere in signature, key or message is noticed', () => {
  const pair = createKeyPair()
  const message = Buffer.from('consort')
  const signature = Buffer.from(pair.sign(message), 'base64url')
  const key = Buffer.from(pair.publicKey.slice(8), 'base64url')
  const flipped = (bytes: Buffer, bit: number): Buffer => {
    const copy = Buffer.from(bytes)
    copy[bit >> 3]! ^= 1 << (bit & 7)
    return copy
  }
  assert.equal(verifySignature(pair.publicKey, message, signature.toString('base64url')), true)
  for (let bit = 0; bit < 512; bit += 7) {
    const text = flipped(signature, bit).toString('base64url')
    assert.equal(verifySignature(pair.publicKey, message, text), false, `signature bit ${bit}`)
  }
  for (let bit = 0; bit < 256; bit += 5) {
    const other: PublicKey = `ed25519:${flipped(key, bit).toString('base64url')}`
    assert.equal(verifySignature(other, message, signature.toString('base64url')), false, `key bit ${bit}`)
  }
  for (let bit = 0; bit < 8 * message.length; bit++) {
    const text = signature.toString('base64url')
    assert.equal(verifySignature(pair.publicKey, flipped(message, bit), text), false, `message bit ${bit}`)
  }
})

test('the other solution S + L of a signature is not taken (RFC 8032, section 5.1.7)', () => {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n
  const pair = createKeyPair()
  const bytes = Buffer.from(pair.sign(Buffer.from('m')), 'base64url')
  const little = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString('hex')}`)
  const shifted = Buffer.from((little + order).toString(16).padStart(64, '0'), 'hex').reverse()
  const other = Buffer.concat([bytes.subarray(0, 32), shifted]).toString('base64url')
  assert.equal(verifySignature(pair.publicKey, Buffer.from('m'), other), false)
})

test('what is no key or no signature is false, not an exception', () => {
  const pair = createKeyPair()
  const signature = pair.sign(Buffer.from('m'))
  const noPoint: PublicKey = `ed25519:${Buffer.alloc(32, 2).toString('base64url')}`
  for (const key of [noPoint, 'ed25519:', 'ed25519:AAAA', 'rsa:AAAA'] as PublicKey[]) {
    assert.equal(verifySignature(key, Buffer.from('m'), signature), false, key)
  }
  for (const text of ['', 'A', signature.slice(0, 40), `${signature}AAAA`, 'ä']) {
    assert.equal(verifySignature(pair.publicKey, Buffer.from('m'), text), false, text)
  }
})

/**
 * The points of small order have five y: 1, −1, 0 and the two of order 8. Those below 19 have a second encoding, y + p;
 * the sign bit doubles each. With OpenSSL before 3.5 (Node 22) one constant "signs" any document for some of them.
 */
const prime = 2n ** 255n - 19n
const smallOrder = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
]
const withSign = smallOrder.map(
  point => point.slice(0, -2) + (Number(`0x${point.slice(-2)}`) | 128).toString(16),
)
const weakKeys = [...smallOrder, ...withSign].map(keyOf)

function yOf(encoded: Buffer): bigint {
  return BigInt(`0x${Buffer.from(encoded).reverse().toString('hex')}`)
}

test('the seven encodings are those of points of order 1, 2, 4 and 8, and there are no others', () => {
  const encoded = smallOrder.map(point => yOf(Buffer.from(point, 'hex')))
  const order8 = (y: bigint): bigint => (-121665n * y ** 4n + 243332n * y ** 2n - 121666n) % prime // d·y⁴ + 2y² = 1
  const isSmall = (y: bigint): boolean => y < 2n || y === prime - 1n || order8(y) === 0n
  assert.ok(encoded.every(y => y < 2n ** 255n && isSmall(y % prime)))
  assert.equal(new Set(encoded.map(y => y % prime)).size, 5)
  const twice = encoded.filter(y => y < 19n)
  assert.deepEqual(encoded.filter(y => y >= prime).sort(), twice.map(y => y + prime).sort())
  assert.equal(new Set(weakKeys).size, 14)
})

test('a key of small order is no key', () => {
  for (const key of weakKeys) {
    const { success, error } = publicKeySchema.safeParse(key)
    assert.equal(success, false, key)
    assert.match(error!.issues[0]!.message, /small order/)
  }
  const beside = [3n, prime - 2n, prime - 3n].map(y => y.toString(16).padStart(64, '0'))
  for (const hex of beside) {
    const key = keyOf(Buffer.from(hex, 'hex').reverse().toString('hex'))
    assert.equal(publicKeySchema.safeParse(key).success, true, hex)
  }
})

test('a key of small order signs nothing', () => {
  const commitments = [...smallOrder, ...withSign].map(point => Buffer.from(point, 'hex'))
  for (const key of weakKeys) {
    for (const commitment of commitments) {
      const signature = Buffer.concat([commitment, Buffer.alloc(32)]).toString('base64url')
      for (const message of ['one', 'two', 'three', 'four']) {
        assert.equal(verifySignature(key, Buffer.from(message), signature), false, key)
      }
    }
  }
})

test('a key pair survives the way through its file, and only Ed25519 is read', () => {
  const pair = createKeyPair()
  const again = parseKeyPair(pair.toPem())
  assert.equal(again.publicKey, pair.publicKey)
  assert.equal(again.sign(Buffer.from('m')), pair.sign(Buffer.from('m')))
  const other = generateKeyPairSync('ed448').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  assert.throws(() => parseKeyPair(other), TypeError)
  assert.throws(() => parseKeyPair('no key'))
})

test('two key pairs are never the same', () => {
  const keys = Array.from({ length: 20 }, () => createKeyPair().publicKey)
  assert.equal(new Set(keys).size, 20)
})

test('the private half does not show when a key pair is printed or serialised', async () => {
  const { inspect } = await import('node:util')
  const pair = createKeyPair()
  const secret = pair.toPem().split('\n')[1]!
  assert.equal(JSON.stringify(pair), JSON.stringify({ publicKey: pair.publicKey }))
  assert.ok(!inspect(pair, { depth: 9, showHidden: true }).includes(secret))
})

test('keys and signatures have one textual form', () => {
  const pair = createKeyPair()
  const text = pair.publicKey
  assert.equal(publicKeySchema.safeParse(text).success, true)
  assert.equal(signatureSchema.safeParse(pair.sign(Buffer.from('m'))).success, true)
  const wrong = [
    text.slice(0, -1),
    `${text}A`,
    `${text}=`,
    `${text}\n`,
    ` ${text}`,
    text.slice(8),
    `x25519:${text.slice(8)}`,
  ]
  for (const value of wrong) assert.equal(publicKeySchema.safeParse(value).success, false, value)
  for (const value of [undefined, null, 7, {}, [], '', 'ed25519:', 'ed25519:AAAA']) {
    assert.equal(publicKeySchema.safeParse(value).success, false, String(value))
  }
})

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The same bytes in base64url, with the unused bits of the last letter not zero. */
function alias(text: string): string {
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1)!) + 1]
}

test('one key cannot pass for several by another spelling', () => {
  const pair = createKeyPair()
  const other = `ed25519:${alias(pair.publicKey.slice(8))}`
  const bytes = (key: string): string => Buffer.from(key.slice(8), 'base64url').toString('hex')
  assert.equal(bytes(other), bytes(pair.publicKey))
  assert.equal(publicKeySchema.safeParse(other).success, false)
  assert.equal(verifySignature(other as PublicKey, Buffer.from('m'), pair.sign(Buffer.from('m'))), false)
})

test('one signature cannot be spelt in several ways', () => {
  const pair = createKeyPair()
  const signature = pair.sign(Buffer.from('m'))
  assert.equal(signatureSchema.safeParse(alias(signature)).success, false)
  for (const text of [
    alias(signature),
    `${signature.slice(0, 9)} !\n${signature.slice(9)}`,
    `${signature}==`,
  ]) {
    assert.equal(verifySignature(pair.publicKey, Buffer.from('m'), text), false, text)
  }
})

test('a fingerprint is six groups of five digits, the same everywhere, another for every key', () => {
  const key = keyOf(vectors[0]!.key)
  assert.equal(fingerprintOf(key), '41388 50124 13219 81266 33538 34304')
  const prints = Array.from({ length: 50 }, () => fingerprintOf(createKeyPair().publicKey))
  for (const print of prints) assert.match(print, /^\d{5}( \d{5}){5}$/)
  assert.equal(new Set(prints).size, prints.length)
  assert.equal(new Set(prints.flatMap(print => [...print.replaceAll(' ', '')])).size, 10)
})
