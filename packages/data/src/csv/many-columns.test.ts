import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { textAt } from '@consort/records'
import { defaultLimits } from '../files/read-limits.ts'
import { readColumns, type WantedColumns } from './read-columns.ts'

const folder = mkdtempSync(join(tmpdir(), 'consort-many-'))
after(() => rmSync(folder, { recursive: true }))

const limits = { ...defaultLimits, columnsMax: 30_000 }
const wanted = (names: readonly string[]): WantedColumns['columns'] =>
  names.map(name => ({ name, path: `fields.${name}.column` }))

/** Names that count how often one of them is looked at. */
function counted(names: readonly string[]) {
  const looks = { count: 0 }
  const get = (target: readonly string[], key: string | symbol, own: unknown): unknown => {
    if (typeof key === 'string' && /^\d+$/.test(key)) looks.count++
    return Reflect.get(target, key, own)
  }
  return { names: new Proxy(names, { get }), looks }
}

test('20,000 wanted columns are found with a few looks at each name', async () => {
  const columns = Array.from({ length: 20_000 }, (_, column) => `f${column}`)
  const path = join(folder, 'many.csv')
  writeFileSync(path, `${columns.map((_, column) => column).join(',')}\n`)
  const { names, looks } = counted(columns)
  const { byName } = await readColumns({ path }, { columns: wanted(columns), header: names }, { limits })
  assert.ok(looks.count < 10 * columns.length, `${looks.count} looks`)
  assert.equal(byName.size, 20_000)
  for (const place of [0, 1, 12_345, 19_999]) assert.equal(textAt(byName.get(`f${place}`)!, 0), String(place))
})

test('20,000 wanted columns of which none is there are refused as fast', async () => {
  const { names, looks } = counted(Array.from({ length: 20_000 }, (_, column) => `f${column}`))
  const path = join(folder, 'none.csv')
  writeFileSync(path, '1,2\n')
  const missing = Array.from({ length: 20_000 }, (_, column) => `g${column}`)
  await assert.rejects(readColumns({ path }, { columns: wanted(missing), header: names }, { limits }), {
    code: 'mapping-invalid',
    path: 'fields.g0.column',
    hint: /has none of the columns/,
  })
  assert.ok(looks.count < 10 * 20_000, `${looks.count} looks`)
})
