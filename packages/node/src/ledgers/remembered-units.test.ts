import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type DataSource, defaultLimits, openReadings } from '@consort/data'
import { eventSchema, migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { type NodeAndReviewTables, nodeSchema } from '../tables/node-tables.ts'
import { registered } from '../testing/registered-dataset.ts'
import { createUnitReader } from './remembered-units.ts'
import { unitKeyOf } from './units.ts'

const folder = mkdtempSync(join(tmpdir(), 'consort-units-'))
after(() => rmSync(folder, { recursive: true }))

const splitKey = Buffer.alloc(32, 1)
const path = join(folder, 'visits.csv')
const rows: DataSource = { kind: 'csv', path, label: 'y', features: ['x'], missing: [] }
const texts: DataSource = { kind: 'csv-text', path, label: 'y', text: ['x'] }

/** Forty records of so many persons. */
function write(persons: number, note = ''): void {
  const rows = Array.from({ length: 40 }, (_, row) => `p${row % persons},${note},${row},${row % 2}`)
  writeFileSync(path, `who,note,x,y\n${rows.join('\n')}\n`)
}

async function open(source = rows) {
  const database = await openTestDatabase<NodeAndReviewTables>()
  await migrate(database, [eventSchema, nodeSchema])
  const keys = { records: splitKey, units: unitKeyOf(splitKey) }
  const readings = openReadings({ keys, limits: defaultLimits, nowMs: Date.now })
  const { digest, unitsDigest } = await readings.read(source, undefined)
  const row = { ...registered('visits', 40), source, digest }
  const unitsOf = createUnitReader({ database, readings, splitKey })
  const count = async (unitsDigest: string | null, person: string | null): Promise<number> => {
    const asked = { side: 'train', rules: [{ person, recordsMax: null }] } as const
    const [units] = await unitsOf({ ...row, unitsDigest }, asked)
    return units!.counts.size
  }
  return {
    count,
    unitsDigest: unitsDigest!,
    [Symbol.asyncDispose]: () => readings[Symbol.asyncDispose](),
  }
}

for (const source of [rows, texts])
  test(`a file (${source.kind}) with other persons, or another column that tells records apart, is no longer the registered one`, async () => {
    write(10)
    await using units = await open(source)
    assert.equal(await units.count(units.unitsDigest, 'who'), 10)
    write(20)
    await assert.rejects(units.count(units.unitsDigest, 'who'), { code: 'data-changed' })
    write(10, 'new')
    await assert.rejects(units.count(units.unitsDigest, null), { code: 'data-changed' })
    write(10)
    assert.equal(await units.count(units.unitsDigest, 'who'), 10)
  })

test('a card from before its units had a digest goes on, and is charged by the persons that the file names now', async () => {
  write(10)
  await using units = await open()
  assert.equal(await units.count(null, 'who'), 10)
  write(20)
  assert.equal(await units.count(null, 'who'), 20)
})
