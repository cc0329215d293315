import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { stringify } from 'yaml'
import { defaultLimits } from '../files/read-limits.ts'
import { type DataSource, dataSourceSchema } from '../formats/formats.ts'
import { heartSchema } from '../testing/heart-schema.ts'
import { openReadings, type Reading, type ReadingsSetup } from './readings.ts'

const folder = mkdtempSync(join(tmpdir(), 'consort-readings-'))
after(() => rmSync(folder, { recursive: true }))

const keys = { records: Buffer.alloc(32, 1), units: Buffer.alloc(32, 2) }

function open(more: Partial<ReadingsSetup> = {}) {
  return openReadings({ keys, limits: defaultLimits, nowMs: Date.now, ...more })
}

let files = 0

function csv(content: string, more: object = {}): DataSource & { path: string } {
  const path = join(folder, `${files++}.csv`)
  writeFileSync(path, content)
  return dataSourceSchema.parse({ kind: 'csv', path, label: 'y', ...more }) as DataSource & { path: string }
}

const rows = Array.from(
  { length: 300 },
  (_, row) => `${20 + row / 4},${row % 3 ? 'a' : 'NA'},0${row},${row % 2}`,
)
const content = `age,ward,id,y\n${rows.join('\n')}\n`

function plain({ data, records, digest, table }: Reading): unknown {
  return [data, Buffer.from(records), digest, Buffer.from(table!.units!), table!.written]
}

test('whoever asks for the same source gets the same reading, at once or later', async () => {
  await using readings = open()
  const source = csv(content)
  const [one, two] = await Promise.all([readings.read(source, undefined), readings.read(source, undefined)])
  const three = await readings.read({ ...source }, undefined)
  assert.equal(two.data, one.data)
  assert.equal(three.data, one.data)
  const other = await readings.read({ ...source, features: ['age'] } as DataSource, undefined)
  assert.deepEqual(other.data.kind === 'table' && other.data.columns, ['age'])
})

test('rows and texts say in columns whose they are, and pictures do not', async () => {
  await using readings = open()
  assert.equal(await readings.namesPersons(csv(content)), true)
  const pictures = dataSourceSchema.parse({ kind: 'idx', images: 'images.gz', labels: 'labels.gz' })
  assert.equal(await readings.namesPersons(pictures), false)
  const texts = dataSourceSchema.parse({ kind: 'jsonl', path: 'a.jsonl', text: ['body'], label: 'y' })
  assert.equal(await readings.namesPersons(texts), true)
})

test('a thread reads what is read in place', async () => {
  await using inPlace = open()
  await using inThreads = open({ threadBytesMin: 0 })
  const source = csv(content, { features: ['id', 'ward'] })
  assert.deepEqual(
    plain(await inThreads.read(source, undefined)),
    plain(await inPlace.read(source, undefined)),
  )
})

const mapping = {
  mapping: 1,
  dataset: 'heart',
  fields: Object.fromEntries(heartSchema.fields.map(({ name }) => [name, 'absent' as unknown])),
  label: { column: 'y', codes: { '0': 'absent', '1': 'present' } },
}

test('mapped files too, and a mapping that changes is read anew', async () => {
  await using inPlace = open()
  await using inThreads = open({ threadBytesMin: 0 })
  const { path } = csv(content)
  const source = { kind: 'mapped', path, mapping: join(folder, 'heart.yaml') } as const
  const withAge = { ...mapping.fields, age: { column: 'age', unit: 'years' } }
  writeFileSync(source.mapping, stringify({ ...mapping, fields: withAge }))
  const read = await inPlace.read(source, heartSchema)
  const { data, records, table } = await inThreads.read(source, heartSchema)
  assert.deepEqual([data, records, table!.units], [read.data, read.records, read.table!.units].map(bytes))
  assert.deepEqual(
    await inThreads.conformance(source, heartSchema),
    await inPlace.conformance(source, heartSchema),
  )
  writeFileSync(source.mapping, stringify(mapping))
  assert.notEqual((await inPlace.read(source, heartSchema)).digest, read.digest)
})

test('a file that was read for one schema is read anew for another', async () => {
  await using readings = open()
  const { path } = csv(content)
  const source = { kind: 'mapped', path, mapping: join(folder, 'age.yaml') } as const
  const fields = { ...mapping.fields, age: { column: 'age', unit: 'years' } }
  writeFileSync(source.mapping, stringify({ ...mapping, fields }))
  assert.equal((await readings.read(source, heartSchema)).data.count, 300)
  const amended = { ...heartSchema, fields: heartSchema.fields.filter(({ name }) => name !== 'age') }
  await assert.rejects(readings.read(source, amended), { code: 'mapping-invalid' })
})

/** A buffer compares as the bytes that a thread hands over. */
function bytes<T>(value: T): T | Uint8Array {
  return Buffer.isBuffer(value) ? new Uint8Array(value) : value
}

test('a file that was only touched, or replaced by an equal one, is not read again', async () => {
  await using readings = open()
  const source = csv(content)
  const { data } = await readings.read(source, undefined)
  utimesSync(source.path, 1000, 1000)
  assert.equal((await readings.read(source, undefined)).data, data)
  writeFileSync(`${source.path}.new`, content)
  renameSync(`${source.path}.new`, source.path)
  assert.equal((await readings.read(source, undefined)).data, data)
})

test('a changed file is read again, even if its size and time are as before', async () => {
  await using readings = open()
  const source = csv(content)
  const { mtime, atime } = statSync(source.path)
  const { digest } = await readings.read(source, undefined)
  writeFileSync(source.path, content.replace('20.25', '20.26'))
  utimesSync(source.path, atime, mtime)
  const [one, two] = await Promise.all([readings.read(source, undefined), readings.read(source, undefined)])
  assert.notEqual(one.digest, digest)
  assert.equal(two.data, one.data)
  rmSync(source.path)
  await assert.rejects(readings.read(source, undefined), { code: 'data-unreadable' })
})

test('tables that do not fit together are kept one at a time', async () => {
  const limits = { ...defaultLimits, memoryBytesMax: 400_000 }
  await using readings = open({ limits })
  const long = `age,y\n${'1.5,0\n2,1\n'.repeat(2000)}`
  const [first, second] = [csv(long), csv(long)]
  const { data } = await readings.read(first, undefined)
  assert.equal((await readings.read(first, undefined)).data, data)
  await readings.read(second, undefined)
  const again = await readings.read(first, undefined)
  assert.notEqual(again.data, data)
  assert.deepEqual(again.data, data)
})

/** 300 names of 8 characters outside Latin-1: 2 bytes each, and 32 a text. */
function names(first: string): string {
  return `name,y\n${Array.from({ length: 300 }, (_, row) => `${first.repeat(5)}${100 + row},a`).join('\n')}\n`
}
const namesTake = 300 * (2 * 8 + 32)

test('texts have a limit of their own: old tables go, and the bytes of each character count twice', async () => {
  await using readings = open({ textsKeptMax: 2.5 * namesTake })
  const [first, second, third] = [csv(names('数')), csv(names('据')), csv(names('表'))]
  const { data } = await readings.read(first, undefined)
  await readings.read(second, undefined)
  assert.equal((await readings.read(first, undefined)).data, data)
  await readings.read(third, undefined)
  assert.equal((await readings.read(first, undefined)).data, data, 'the second was not asked for longest')
  await readings.read(second, undefined)
  await readings.read(third, undefined)
  assert.notEqual((await readings.read(first, undefined)).data, data)
})

test('a table whose texts alone exceed what is kept is refused with the limit, and others stay', async () => {
  for (const threadBytesMin of [0, 2 ** 22]) {
    await using readings = open({ textsKeptMax: namesTake / 2, threadBytesMin })
    const small = csv('a,y\n1,x\n2,x\n')
    const { data } = await readings.read(small, undefined)
    for (const large of [names('数'), names('a')])
      await assert.rejects(readings.read(csv(large), undefined), {
        code: 'data-unreadable',
        message: /its different texts take more than 1 MiB$/,
        hint: /make several data sets of it/,
      })
    assert.equal((await readings.read(small, undefined)).data, data)
  }
})

test('a column of which marks are taken away counts beside the one as it is written', async () => {
  const source = csv(names('数'), { missing: ['数数数数数100'] })
  await using small = open({ textsKeptMax: 1.5 * namesTake })
  await assert.rejects(small.read(source, undefined), { code: 'data-unreadable', message: /different texts/ })
  await using enough = open({ textsKeptMax: 2.5 * namesTake })
  assert.equal((await enough.read(source, undefined)).data.count, 300)
})

test('a thread refuses as the process would, and the next file is read', async () => {
  await using readings = open({ threadBytesMin: 0, limits: { ...defaultLimits, cellBytesMax: 1000 } })
  await assert.rejects(readings.read(csv(`a,y\n${'x'.repeat(2000)},1\n`), undefined), {
    code: 'data-unreadable',
    message: /a cell of more than/,
    hint: /double quote/,
  })
  await assert.rejects(readings.read(csv('a,z\n1,1\n'), undefined), { code: 'label-missing', path: 'label' })
  assert.equal((await readings.read(csv(content), undefined)).data.count, 300)
})

test('a thread whose heap is exhausted is a refusal, and the process goes on', async () => {
  const texts = Array.from({ length: 100_000 }, (_, row) => `somebody's name ${row},1`)
  const source = csv(`name,y\n${texts.join('\n')}`)
  await using small = open({ threadBytesMin: 0, heapMib: 12 })
  await assert.rejects(small.read(source, undefined), { code: 'data-unreadable', hint: /notes/ })
  await using enough = open({ threadBytesMin: 0 })
  assert.equal((await enough.read(source, undefined)).data.count, 100_000)
})

test('what is closed ends what it is reading', async () => {
  const readings = open({ threadBytesMin: 0 })
  const reading = assert.rejects(readings.read(csv(content), undefined), { name: 'AbortError' })
  await readings[Symbol.asyncDispose]()
  await reading
  assert.ok(readFileSync(csv(content).path).length > 0)
})

test('whose a text is counts in its units, so that a change of it alone is noticed', async () => {
  const path = join(folder, `${files++}.csv`)
  const source: DataSource = { kind: 'csv-text', path, text: ['body'], label: 'y' }
  await using readings = open({})
  const readWith = async (person: string) => {
    writeFileSync(path, `body,who,y\nDear all,${person},1\nHi,bea,0\n`)
    return await readings.read(source, undefined)
  }
  const [first, same, moved] = [await readWith('ann'), await readWith('ann'), await readWith('cem')]
  assert.deepEqual([same.digest, same.unitsDigest], [first.digest, first.unitsDigest])
  assert.equal(moved.digest, first.digest)
  assert.ok(first.unitsDigest && moved.unitsDigest !== first.unitsDigest)
})

test('the limits of the process hold for texts too', async () => {
  const path = join(folder, `${files++}.csv`)
  writeFileSync(path, `body,y\n${'x'.repeat(2000)},1\n`)
  const source: DataSource = { kind: 'csv-text', path, text: ['body'], label: 'y' }
  await using readings = open({ limits: { ...defaultLimits, cellBytesMax: 1000 } })
  await assert.rejects(readings.read(source, undefined), { message: /a cell of more than/ })
})
