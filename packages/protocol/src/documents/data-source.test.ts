import assert from 'node:assert/strict'
import test from 'node:test'
import { dataSourceSchema } from './data-source.ts'

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
