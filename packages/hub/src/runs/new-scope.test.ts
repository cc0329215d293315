import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOfBytes } from '@consort/protocol'
import { openLocalBlobs } from '@consort/storage'
import { createLossyFiles } from '@consort/storage/testing'
import { inNewScope } from './new-scope.ts'

test('what is not kept, or could not be made, is removed', async () => {
  const blobs = openLocalBlobs(createLossyFiles(), '/data/blobs')
  const bytes = Buffer.from('weights')
  const fill = (scope: string) => blobs.put(scope, { digest: digestOfBytes(bytes), bytes: 7 }, bytes)
  const make = (scope: string, then: () => boolean) =>
    inNewScope(blobs, scope, async () => {
      await fill(scope)
      return then()
    })
  assert.equal(await make('kept', () => true), true)
  assert.equal(await make('not-kept', () => false), false)
  const full = (): never => {
    throw new Error('disk is full')
  }
  await assert.rejects(make('not-made', full), /full/)
  assert.deepEqual(await blobs.scopes(), ['kept'])
})
