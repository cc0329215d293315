import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import test from 'node:test'
import { bearerOf, createKeyText, digestOfKey, webhookSecretOf } from './access-key.ts'

const entropy = { bytes: (count: number) => randomBytes(count) }

test('a key is 32 random bytes, and comes back out of its header', () => {
  const key = createKeyText(entropy)
  assert.match(key, /^ck_[A-Za-z0-9_-]{43}$/)
  assert.notEqual(key, createKeyText(entropy))
  assert.equal(bearerOf(`Bearer ${key}`), key)
  assert.equal(bearerOf(`bearer   ${key}`), key)
})

test('what is not quite a key is none', () => {
  const key = createKeyText(entropy)
  const wrong = [
    undefined,
    '',
    key,
    `Basic ${key}`,
    `Bearer ${key}x`,
    `Bearer x${key}`,
    `Bearer ${key} `,
    'Bearer ck_',
  ]
  for (const header of wrong) assert.equal(bearerOf(header), undefined, header)
})

test('digests and webhook secrets differ from key to key and from node to node', () => {
  assert.notEqual(digestOfKey('ck_a'), digestOfKey('ck_b'))
  const secrets = [1, 2].flatMap(node =>
    ['key_a', 'key_b'].map(key => webhookSecretOf(Buffer.alloc(32, node), key)),
  )
  assert.equal(new Set(secrets).size, 4)
  for (const secret of secrets) {
    assert.equal(Buffer.from(secret.slice('whsec_'.length), 'base64').length, 32)
  }
  assert.equal(webhookSecretOf(Buffer.alloc(32, 1), 'key_a'), secrets[0])
})
