import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedNumbers } from '@consort/records'
import type { TableReading } from '../formats/table-reading.ts'
import { countShared } from './counted-memory.ts'

const columnBytes = 50e6

function readingOf(values: Float64Array): TableReading {
  const label = { kind: 'numbers', values, forms: 0, odd: [] } as const
  return {
    data: { kind: 'table', count: values.length, columns: [], cells: [], label },
    records: new Uint8Array(0),
    digest: 'sha256:00',
    files: [],
  }
}

test('tables that nobody needs any more give their memory back', async () => {
  const before = process.memoryUsage.rss()
  let most = 0
  for (let table = 0; table < 24; table++) {
    countShared(readingOf(sharedNumbers(columnBytes / 8).fill(1)))
    most = Math.max(most, process.memoryUsage.rss() - before)
    await new Promise(resolve => setImmediate(resolve))
  }
  assert.ok(most < 12 * columnBytes, `${Math.round(most / 1e6)} MB of 24 tables of 50 MB`)
})
