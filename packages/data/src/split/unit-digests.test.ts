import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { ImageDataset } from '@consort/records'
import { createTableBuilder } from '@consort/records/testing/table-builder'
import { recordDigests } from './record-digests.ts'
import { unitBytes } from './row-messages.ts'
import { unitDigests } from './unit-digests.ts'

const key = Buffer.from('0123456789abcdef0123456789abcdef')

test('a row is a unit by all its cells and its label, in the order of the names', () => {
  const builder = createTableBuilder(['b', 'd'])
  builder.add(['2', null], 'yes')
  const content = 'record\n[["b","2"],["c","yes"],["d",null]]'
  const digest = createHmac('sha256', key).update(content).digest().subarray(0, unitBytes)
  assert.deepEqual(unitDigests(builder.build(), { key, label: 'c' }), new Uint8Array(digest))
})

test('a picture is a unit by its pixels: a corrected label makes no new one', () => {
  const images: ImageDataset = {
    kind: 'images',
    count: 3,
    height: 1,
    width: 2,
    channels: 1,
    pixels: Uint8Array.of(1, 2, 3, 4, 1, 2),
    labels: ['7', '8', '9'],
  }
  const units = unitDigests(images, { key, label: 'whatever' })
  const unlabelled = recordDigests({ ...images, labels: ['', '', ''] }, key)
  const expected = Buffer.concat(unlabelled.map(digest => digest.subarray(0, unitBytes)))
  assert.deepEqual(units, new Uint8Array(expected))
  assert.deepEqual(units.subarray(0, unitBytes), units.subarray(2 * unitBytes))
})
