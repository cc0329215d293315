import assert from 'node:assert/strict'
import test from 'node:test'
import { digestSchema } from '@consort/basics'
import { digestOfBytes, digestOfJson } from './digest-of.ts'

test('a digest is SHA-256 in hexadecimal, of bytes (FIPS 180-4) and of canonical text', () => {
  const abc = 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  assert.equal(digestOfBytes(Buffer.from('abc')), abc)
  assert.equal(digestOfJson({ b: 'ä', a: 1 }), digestOfBytes(Buffer.from('{"a":1,"b":"ä"}', 'utf8')))
  assert.equal(digestSchema.safeParse(abc).success, true)
})

test('only the bytes of a view count, not those around it', () => {
  const around = Buffer.from('xabcx')
  assert.equal(digestOfBytes(around.subarray(1, 4)), digestOfBytes(Buffer.from('abc')))
})

test('equal values have equal digests however they were built, different ones do not', () => {
  assert.equal(digestOfJson({ a: 1, b: [2] }), digestOfJson({ b: [2], a: 1 }))
  const values = [{}, [], null, '', '{}', 0, '0', false, [[]], [null], { a: null }, { a: {} }]
  assert.equal(new Set(values.map(digestOfJson)).size, values.length)
})

test('the schema takes nothing but 64 lower-case hexadecimal digits after sha256:', () => {
  const hex = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  const wrong = [
    hex,
    `sha256:${hex.toUpperCase()}`,
    `sha256:${hex}0`,
    `sha256:${hex.slice(1)}`,
    `sha256:${hex}\n`,
    ` sha256:${hex}`,
    `SHA256:${hex}`,
    `sha512:${hex}`,
    `sha256:${hex.slice(1)}g`,
    `sha256:${hex}/../x`,
    '',
    null,
    7,
  ]
  for (const value of wrong) assert.equal(digestSchema.safeParse(value).success, false, String(value))
})
