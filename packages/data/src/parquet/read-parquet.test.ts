import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { type Column, lengthOf, textAt } from '@consort/records'
import { parquetMetadata } from 'hyparquet'
import { readWritten } from '../csv/read-csv.ts'
import { openFile } from '../files/open-file.ts'
import { defaultLimits } from '../files/read-limits.ts'
import { openSource, parseSource } from '../formats/formats.ts'
import { digestOfRecords } from '../split/record-digests.ts'
import { openParquetFile } from './open-parquet-file.ts'
import { readParquet } from './read-parquet.ts'

const fixture = (name: string): string => join(import.meta.dirname, `../../fixtures/${name}`)
const folder = mkdtempSync(join(tmpdir(), 'consort-parquet-'))
after(() => rmSync(folder, { recursive: true }))

const keys = { records: new Uint8Array(32).fill(1), units: new Uint8Array(32).fill(2) }
const label = { label: 'state', missing: ['NA'] }

const textsOf = (column: Column) => Array.from({ length: lengthOf(column) }, (_, row) => textAt(column, row))

test('a Parquet file of any compression is the table that a CSV file of the same records is, digests and all', async () => {
  const csv = await readWritten({ path: fixture('visits.csv'), ...label }, keys)
  for (const codec of ['none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4']) {
    const source = parseSource({ kind: 'parquet', path: fixture(`visits-${codec}.parquet`), ...label })
    const { rows } = await openSource(source)
    const read = await rows!.read(keys, {})
    assert.deepEqual(read.written!.names, csv.written.names)
    for (const [place, column] of csv.written.columns.entries())
      assert.deepEqual(textsOf(read.written!.columns[place]!), textsOf(column), csv.written.names[place])
    assert.equal(read.digest, digestOfRecords(csv.records, keys.records), codec)
    assert.deepEqual(read.units, csv.units)
    assert.equal(rows!.isAlwaysInThread, true)
  }
})

const refused: [string, { code: string; message: RegExp }][] = [
  ['nested.parquet', { code: 'data-unreadable', message: /column z holds neither numbers nor texts/ }],
  ['octets.parquet', { code: 'data-unreadable', message: /column z holds neither numbers nor texts/ }],
  ['not-utf8.parquet', { code: 'data-unreadable', message: /cannot be read as a Parquet file/ }],
  ['unlabelled.parquet', { code: 'label-missing', message: /row 2, column y: no label/ }],
  ['marked.parquet', { code: 'label-missing', message: /row 3, column y: no label/ }],
  ['empty.parquet', { code: 'data-unreadable', message: /holds no records/ }],
  ['visits.csv', { code: 'data-unreadable', message: /cannot be read as a Parquet file/ }],
]
for (const [name, how] of refused)
  test(`${name} is refused`, async () => {
    await assert.rejects(readParquet({ path: fixture(name), label: 'y', missing: ['?'] }), how)
  })

test('a column that is not there is refused with those that look like it', async () => {
  const path = fixture('visits-none.parquet')
  await assert.rejects(readParquet({ path, label: 'states', missing: [] }), {
    code: 'label-missing',
    hint: /Did you mean state\?/,
  })
})

test('a file that is cut anywhere, or of which a byte is another one, is read as it was or refused', async () => {
  const whole = readFileSync(fixture('visits-snappy.parquet'))
  const path = join(folder, 'broken.parquet')
  const attempt = async (bytes: Uint8Array): Promise<void> => {
    writeFileSync(path, bytes)
    await readParquet({ path, ...label }).catch(error =>
      assert.ok(['data-unreadable', 'label-missing'].includes(error.code), String(error.stack)),
    )
  }
  for (let cut = 0; cut < whole.length; cut += 97) await attempt(whole.subarray(0, cut))
  for (let place = 0; place < whole.length; place += 61) {
    const changed = Uint8Array.from(whole)
    changed[place]! ^= 0xff
    await attempt(changed)
  }
})

test('what takes too much memory is refused before it is read, and what has too many columns', async () => {
  const read = (limits: object) =>
    readParquet(
      { path: fixture('visits-none.parquet'), ...label },
      { limits: { ...defaultLimits, ...limits } },
    )
  await assert.rejects(read({ memoryBytesMax: 3000 }), {
    code: 'data-unreadable',
    message: /its columns take/,
  })
  await assert.rejects(read({ columnsMax: 10 }), { message: /more than 10 columns/ })
  await assert.rejects(read({ textBytesMax: 10 }), { message: /its different texts take more/ })
  await assert.rejects(read({ cellBytesMax: 3 }), { message: /row \d+: a cell of more than/ })
})

test('what a file says of its size is refused before any of it is decoded', async () => {
  await using handle = await openFile(fixture('visits-none.parquet'))
  const { size } = await handle.stat()
  const open = (memoryBytesMax: number) =>
    openParquetFile('visits', { handle, size, limits: { ...defaultLimits, memoryBytesMax } })
  assert.equal((await open(8 * 40 * 11)).rows, 40)
  await assert.rejects(open(8 * 40 * 11 - 1), { code: 'data-unreadable', message: /its columns take/ })
})

test('a file that changes meanwhile is refused, also when it says the same afterwards', async () => {
  const path = join(folder, 'changing.parquet')
  const write = () => copyFileSync(fixture('visits-none.parquet'), path)
  write()
  await assert.rejects(readParquet({ path, ...label }, { onProgress: write }), { code: 'data-changed' })
})

test('a column of lists without a name of their own is refused by its name', async () => {
  const whole = readFileSync(fixture('visits-none.parquet'))
  const path = join(folder, 'repeated.parquet')
  const kindsOf = (bytes: Uint8Array) => {
    const { schema, num_rows } = parquetMetadata(Uint8Array.from(bytes).buffer, { geoparquet: false })
    return JSON.stringify([Number(num_rows), schema])
  }
  const before = kindsOf(whole)
  const wanted = before.replace('"OPTIONAL","name":"age"', '"REPEATED","name":"age"')
  assert.notEqual(wanted, before)
  // The one byte of the file's end that says so is found by trying.
  const optional = 2
  const places = [...whole.keys()].filter(place => whole[place] === optional).toReversed()
  const found = places.find(place => {
    const edited = Uint8Array.from(whole).fill(2 * optional, place, place + 1)
    try {
      writeFileSync(path, edited)
      return kindsOf(edited) === wanted
    } catch {
      return false
    }
  })
  assert.ok(found !== undefined)
  await assert.rejects(readParquet({ path, ...label }), {
    code: 'data-unreadable',
    message: /column age holds neither numbers nor texts/,
  })
})
