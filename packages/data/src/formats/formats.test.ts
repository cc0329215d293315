import assert from 'node:assert/strict'
import test from 'node:test'
import { allFormats, type DataSource, dataSourceSchema, parseSource, withPaths } from './formats.ts'
import { pathField } from './source-fields.ts'

test('a mapped source has a file, a mapping and at most a delimiter: the mapping says the rest', () => {
  const source = { kind: 'mapped', path: 'heart.data', mapping: 'heart.yaml' }
  assert.deepEqual(dataSourceSchema.parse(source), source)
  assert.deepEqual(dataSourceSchema.parse({ ...source, delimiter: ';' }), { ...source, delimiter: ';' })
  const wrong = [
    { kind: 'mapped', path: 'heart.data' },
    { ...source, mapping: '' },
    { ...source, delimiter: '||' },
    { ...source, label: 'num' },
    { ...source, missing: ['?'] },
  ]
  for (const value of wrong)
    assert.equal(dataSourceSchema.safeParse(value).success, false, JSON.stringify(value))
})

test('a data source fills in how files are usually written', () => {
  assert.deepEqual(dataSourceSchema.parse({ kind: 'csv', path: 'a.csv', label: 'y' }), {
    kind: 'csv',
    path: 'a.csv',
    label: 'y',
    missing: ['?', 'NA', 'NaN', 'null'],
  })
  const folder = { kind: 'image-folder', path: 'a', height: 28, width: 28 }
  assert.deepEqual(dataSourceSchema.parse(folder), { ...folder, channels: 1 })
  const wrong = [
    { kind: 'csv', path: 'a.csv' },
    { kind: 'csv', path: '', label: 'y' },
    { kind: 'csv', path: 'a.csv', label: 'y', delimiter: '||' },
    { kind: 'csv', path: 'a.csv', label: 'y', features: [] },
    { kind: 'arrow', path: 'a' },
    { ...folder, channels: 2 },
    { ...folder, height: 0 },
    { kind: 'idx', images: 'a' },
  ]
  for (const value of wrong)
    assert.equal(dataSourceSchema.safeParse(value).success, false, JSON.stringify(value))
})

test('a source that fits no format is refused as any body is: with the path of the fault', () => {
  const refused: [unknown, string][] = [
    [{ kind: 'csv', path: 'a.csv' }, 'source.label'],
    [{ kind: 'csv', path: 'a.csv', label: 'y', features: ['a', ''] }, 'source.features[1]'],
    [{ kind: 'arrow', path: 'a' }, 'source.kind'],
    [{ path: 'a' }, 'source.kind'],
    [{ kind: 'idx', images: 'a', labels: 'b', more: 1 }, 'source'],
    [null, 'source'],
  ]
  for (const [source, path] of refused) {
    assert.throws(
      () => parseSource(source),
      { code: 'input-invalid', path, message: new RegExp(`^body: ${path.replaceAll(/[.[\]]/g, '\\$&')}: .`) },
      JSON.stringify(source),
    )
  }
})

test('every path of a source is made absolute, and no other field', () => {
  const sources: DataSource[] = [
    { kind: 'csv', path: 'p', label: 'p', missing: ['p'] },
    { kind: 'mapped', path: 'p', mapping: 'p' },
    { kind: 'parquet', path: 'p', label: 'p', missing: ['p'] },
    { kind: 'csv-text', path: 'p', text: ['p'], label: 'p' },
    { kind: 'jsonl', path: 'p', text: ['p'], label: 'p' },
    { kind: 'idx', images: 'p', labels: 'p' },
    { kind: 'image-folder', path: 'p', height: 2, width: 2, channels: 1 },
  ]
  assert.deepEqual(
    sources.map(source => withPaths(source, path => `/${path}`)),
    [
      { kind: 'csv', path: '/p', label: 'p', missing: ['p'] },
      { kind: 'mapped', path: '/p', mapping: '/p' },
      { kind: 'parquet', path: '/p', label: 'p', missing: ['p'] },
      { kind: 'csv-text', path: '/p', text: ['p'], label: 'p' },
      { kind: 'jsonl', path: '/p', text: ['p'], label: 'p' },
      { kind: 'idx', images: '/p', labels: '/p' },
      { kind: 'image-folder', path: '/p', height: 2, width: 2, channels: 1 },
    ],
  )
})

test('every format names each of its paths, so that none stays relative', () => {
  for (const { schema, paths } of allFormats) {
    const named: readonly string[] = paths
    const fields = Object.entries(schema.shape).filter(([, field]) => field === pathField)
    assert.ok(fields.length > 0)
    for (const [field] of fields) assert.ok(named.includes(field), `${schema.shape.kind.value}: ${field}`)
  }
})
