import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { ImageDataset, TableDataset } from '@consort/records'
import { createTableBuilder } from '@consort/records/testing/table-builder'
import { digestOfRecords, recordDigests } from './record-digests.ts'

const key = Buffer.from('0123456789abcdef0123456789abcdef')

function tableOf(columns: string[], ...rows: [...(string | null)[], string][]): TableDataset {
  const builder = createTableBuilder(columns)
  for (const row of rows) builder.add(row.slice(0, -1), row.at(-1)!)
  return builder.build()
}

function datasetDigest(table: TableDataset, under: Uint8Array): string {
  return digestOfRecords(Buffer.concat(recordDigests(table, under)), under)
}

function hexOf(digests: readonly Buffer[]): string[] {
  return digests.map(digest => digest.toString('hex'))
}

test('a digest is the HMAC-SHA-256 of the documented content', () => {
  const [row] = recordDigests(tableOf(['b', 'a'], ['2', null, 'yes']), key)
  const content = 'consort-record\n{"kind":"row","columns":["a","b"]}\n[null,"2"]\n"yes"'
  assert.deepEqual(row, createHmac('sha256', key).update(content).digest())
  const image: ImageDataset = {
    kind: 'images',
    count: 2,
    height: 1,
    width: 2,
    channels: 1,
    pixels: Uint8Array.of(1, 2, 3, 4),
    labels: ['7', '8'],
  }
  const head = 'consort-record\n{"kind":"image","channels":1,"height":1,"width":2,"label":"8"}\n'
  const second = createHmac('sha256', key).update(head).update(Uint8Array.of(3, 4)).digest()
  assert.deepEqual(recordDigests(image, key)[1], second)
})

test('different records have different digests, however their cells run together', () => {
  const rows: [string | null, string | null, string][] = [
    ['a', 'b', 'x'],
    ['b', 'a', 'x'],
    ['a","b', null, 'x'],
    ['a', 'b"]\n"x', ''],
    [null, 'ab', 'x'],
    ['null', 'ab', 'x'],
    ['', 'ab', 'x'],
    ['ab', null, 'x'],
    ['a', 'b', 'y'],
    ['a', 'bx', ''],
  ]
  const digests = hexOf(recordDigests(tableOf(['p', 'q'], ...rows), key))
  assert.equal(new Set(digests).size, rows.length)
})

test('names of columns count, their order does not', () => {
  const one = recordDigests(tableOf(['p', 'q'], ['1', '2', 'x']), key)
  assert.deepEqual(recordDigests(tableOf(['q', 'p'], ['2', '1', 'x']), key), one)
  assert.notDeepEqual(recordDigests(tableOf(['p', 'r'], ['1', '2', 'x']), key), one)
})

test('another key gives other digests; a short one is a bug', () => {
  const table = tableOf(['p'], ['1', 'x'])
  const other = Buffer.alloc(32, 1)
  assert.notDeepEqual(recordDigests(table, other), recordDigests(table, key))
  assert.notEqual(datasetDigest(table, other), datasetDigest(table, key))
  assert.throws(() => recordDigests(table, new Uint8Array(15)), RangeError)
})

test('the digest of a data set changes with any cell, label, order or number of records', () => {
  const digests = [
    tableOf(['p'], ['1', 'x'], ['2', 'y']),
    tableOf(['p'], ['2', 'y'], ['1', 'x']),
    tableOf(['p'], ['1', 'x'], ['3', 'y']),
    tableOf(['p'], ['1', 'x'], ['2', 'x']),
    tableOf(['p'], ['1', 'x']),
    tableOf(['p'], ['1', 'x'], ['2', 'y'], ['2', 'y']),
  ].map(table => datasetDigest(table, key))
  assert.equal(new Set(digests).size, 6)
  for (const digest of digests) assert.match(digest, /^sha256:[0-9a-f]{64}$/)
  assert.equal(datasetDigest(tableOf(['p'], ['1', 'x'], ['2', 'y']), key), digests[0])
})
