import assert from 'node:assert/strict'
import test from 'node:test'
import { enlargement, mediaTypeOf } from './picture.ts'

test('small pictures grow in whole steps, large ones stay', () => {
  assert.equal(enlargement(28, 28), 14)
  assert.equal(enlargement(100, 300), 1)
  assert.equal(enlargement(1024, 768), 1)
  assert.equal(enlargement(28, 14, 90), 3, 'a thumbnail')
  assert.equal(enlargement(0, 0), 1, 'before it has been read')
})

test('the type of a picture is told by its first bytes', () => {
  assert.equal(mediaTypeOf(Buffer.from([0xff, 0xd8, 0xff, 0xe0]).toString('base64')), 'image/jpeg')
  assert.equal(mediaTypeOf(Buffer.from([0x89, 0x50, 0x4e, 0x47]).toString('base64')), 'image/png')
})
