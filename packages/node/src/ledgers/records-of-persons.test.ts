import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type DataSource, defaultLimits, openReadings } from '@consort/data'
import { eventSchema, migrate, openSqlite } from '@consort/storage'
import { type NodeAndReviewTables, nodeSchema } from '../tables/node-tables.ts'
import { registered } from '../testing/registered-dataset.ts'
import { columnsOfPersons, createRecordReader } from './records-of-persons.ts'
import { unitKeyOf } from './units.ts'

const folder = mkdtempSync(join(tmpdir(), 'consort-records-'))
after(() => rmSync(folder, { recursive: true }))

const splitKey = Buffer.alloc(32, 1)
const keys = { records: splitKey, units: unitKeyOf(splitKey) }

async function open(t: test.TestContext) {
  const database = openSqlite<NodeAndReviewTables>(':memory:')
  t.after(() => database.destroy())
  await migrate(database, [eventSchema, nodeSchema])
  const readings = openReadings({ keys, limits: defaultLimits, nowMs: Date.now })
  t.after(() => readings[Symbol.asyncDispose]())
  const recordsOf = createRecordReader({ database, readings, splitKey })
  return async (lines: string[], more: { label: string; features?: string[] }) => {
    const path = join(folder, `${lines[0]}.csv`)
    writeFileSync(path, `${lines.join('\n')}\n`)
    const source: DataSource = { kind: 'csv', path, missing: [], ...more }
    const reading = await readings.read(source, undefined)
    const row = { ...registered('visits', 2), source, digest: reading.digest }
    const columns = (person: string) => columnsOfPersons(reading, row, person)
    const records = async (columns: string[], person = 'who') => {
      const found = await recordsOf(row, { person, columns, side: 'train' })
      return new Set(found.map(({ record }) => record))
    }
    const units = async (columns: string[]) =>
      (await recordsOf(row, { person: 'who', columns, side: 'train' })).map(({ unit }) => unit)
    return { columns, records, units }
  }
}

test('a record is known by its features and label, whatever else stands beside it and whichever is the label', async t => {
  const at = await open(t)
  const own = await at(['who,x,y', 'p,1,a', 'q,2,b'], { label: 'y' })
  const { columns } = own.columns('who')!
  assert.deepEqual(columns, ['x', 'y'])
  const records = await own.records([...columns])
  assert.equal(records.size, 2)
  const other = await at(['y,note,x,pid', 'b,new,2,q', 'a,new,1,p'], { label: 'x', features: ['y'] })
  assert.deepEqual([...(await other.records([...columns]))].sort(), [...records].sort())
  assert.deepEqual(await other.units([...columns]), [null, null])
  const changed = await at(['y,x', 'a,2', 'b,1'], { label: 'y' })
  const others = [await changed.records([...columns]), await own.records([...columns], 'other')]
  for (const found of others)
    assert.deepEqual(
      [...found].map(record => records.has(record)),
      [false, false],
    )
})

test('no record is known where a column is missing, nor where the persons are all that was registered', async t => {
  const at = await open(t)
  const own = await at(['x,y', '1,a', '2,b'], { label: 'y' })
  assert.equal((await own.records(['x', 'y', 'z'])).size, 0)
  const alone = await at(['who,x,z', 'p,1,a', ',2,b'], { label: 'z', features: ['who'] })
  assert.equal(alone.columns('who'), undefined)
  const [named, nobody] = await alone.units(['x', 'z'])
  assert.ok(named)
  assert.equal(nobody, null)
})
