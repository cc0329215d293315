import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createSeededRandom, type SeededRandom } from '@consort/basics'
import { cellAt, labelAt, type TableDataset } from '@consort/records'
import { recordDigests } from '../split/record-digests.ts'
import { unitDigests } from '../split/unit-digests.ts'
import type { CsvSource } from './csv-header.ts'
import { readWritten } from './read-csv.ts'
import { tableOf } from './written-table.ts'

const folder = mkdtempSync(join(tmpdir(), 'consort-written-'))
after(() => rmSync(folder, { recursive: true }))

const keys = { records: Buffer.alloc(32, 7), units: Buffer.alloc(80, 9) }

function hexOf(digests: Uint8Array, width: number): string[] {
  return Array.from({ length: digests.length / width }, (_, row) =>
    Buffer.from(digests.subarray(row * width, (row + 1) * width)).toString('hex'),
  )
}

/** The documented unit of a row, in other words. */
function unitOf(table: TableDataset, row: number, label: string): string {
  const cells = table.columns.map((name, column) => [name, cellAt(table, row, column)] as const)
  const sorted = [...cells, [label, labelAt(table, row)] as const].sort(([a], [b]) => (a < b ? -1 : 1))
  const text = `record\n${JSON.stringify(sorted)}`
  return createHmac('sha256', keys.units).update(text).digest('hex').slice(0, 32)
}

for (let seed = 1; seed <= 20; seed++) {
  test(`digests made of bytes are those of the texts (seed ${seed})`, async () => {
    const random = createSeededRandom(seed)
    const alphabet = [
      'a',
      'Z',
      '0',
      '1',
      '.',
      '-',
      ' ',
      '"',
      '\\',
      '\t',
      '\u0001',
      'é',
      '数',
      '🙂',
      '\u2028',
      ',',
    ]
    const cell = (): string => {
      const kind = integer(random, 4)
      if (kind === 0) return (random.normal() * 100).toFixed(integer(random, 4))
      if (kind === 1) return ['', '?', 'NA', '-9', '007'][integer(random, 5)]!
      return Array.from(
        { length: integer(random, 9) },
        () => alphabet[integer(random, alphabet.length)],
      ).join('')
    }
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
    const names = ['b', 'ä "x"', 'label', 'a', 'z']
    const rows = Array.from({ length: 100 }, () =>
      names.map(name => (name === 'label' ? `l${cell()}` : cell())),
    )
    const path = join(folder, `${seed}.csv`)
    writeFileSync(path, [names, ...rows].map(row => row.map(quoted).join(',')).join('\n'))
    const all: CsvSource = { path, label: 'label', missing: ['?', 'NA', '-9'] }
    const source = { ...all, features: ['z', 'a'] }
    const { written, records, units } = await readWritten(source, keys)
    const table = tableOf(written, source)
    assert.deepEqual(
      hexOf(records, 32),
      recordDigests(table, keys.records).map(digest => digest.toString('hex')),
    )
    const whole = tableOf(written, { ...all, missing: [] })
    const expected = rows.map((_, row) => unitOf(whole, row, 'label'))
    assert.deepEqual(hexOf(units!, 16), expected)
    assert.deepEqual(hexOf(unitDigests(whole, { key: keys.units, label: 'label' }), 16), expected)
  })
}

test('where a column has no name, units are not known', async () => {
  const path = join(folder, 'unnamed.csv')
  writeFileSync(path, ',a,y\n1,2,x\n')
  const source: CsvSource = { path, label: 'y', features: ['a'], missing: [] }
  assert.equal((await readWritten(source, keys)).units, undefined)
})

function integer(random: SeededRandom, below: number): number {
  return Math.floor(random.uniform() * below)
}
