import assert from 'node:assert/strict'
import test from 'node:test'
import { distinctFlags, flagName, type Given, textFlag } from './flags.ts'
import { sourceFlags, sourceOfFlags } from './source-flags.ts'

function source(options: Record<string, unknown>) {
  const given: Given = flag => flag.value.optional().parse(options[flagName(flag)])
  return sourceOfFlags(given, path => `/here/${path}`)
}

test('what an operator names becomes a source with absolute paths and its defaults', () => {
  const path = '/here/a'
  const missing = ['?', 'NA', 'NaN', 'null']
  assert.deepEqual(source({ '--csv': 'a', '--label': 'y' }), { kind: 'csv', path, label: 'y', missing })
  const lists = { '--csv': 'a', '--label': 'y', '--features': 'b, c', '--missing': '-9 ,x' }
  const chosen = { features: ['b', 'c'], missing: ['-9', 'x'] }
  assert.deepEqual(source(lists), { kind: 'csv', path, label: 'y', ...chosen })
  const mapped = { kind: 'mapped', path, mapping: '/here/m.yaml' }
  assert.deepEqual(source({ '--csv': 'a', '--mapping': 'm.yaml' }), mapped)
  assert.deepEqual(source({ '--csv': 'a', '--mapping': 'm.yaml', '--label': 'y' }), mapped)
  assert.deepEqual(source({ '--idx': ['a', 'b'] }), { kind: 'idx', images: path, labels: '/here/b' })
  const folder = { kind: 'image-folder', path, height: 20, width: 30, channels: 1 }
  assert.deepEqual(source({ '--images': 'a', '--size': '20x30' }), folder)
  const colour = { '--images': 'a', '--size': '20x30', '--colour': true }
  assert.deepEqual(source(colour), { ...folder, channels: 3 })
  const texts = { path, text: ['subject', 'body'], label: 'y' }
  const columns = { '--text': 'subject, body', '--label': 'y' }
  assert.deepEqual(source({ '--csv': 'a', ...columns }), { kind: 'csv-text', ...texts })
  assert.deepEqual(source({ '--jsonl': 'a', ...columns }), { kind: 'jsonl', ...texts })
})

test('exactly one flag says where the records are', () => {
  const message = /^Say where the records are, with exactly one of --csv, (--\w+, )*--\w+ and --\w+$/
  for (const flag of ['--csv', '--idx', '--images'])
    assert.throws(() => source({}), { message: new RegExp(` ${flag}\\b`) })
  for (const options of [{}, { '--label': 'y' }, { '--csv': 'a', '--label': 'y', '--idx': ['a', 'b'] }])
    assert.throws(() => source(options), { code: 'input-invalid', message, hint: /dataset add patients/ })
})

test('what a format needs beside its files is asked for', () => {
  const refused: [object, string][] = [
    [{ '--csv': 'a' }, '--csv needs --label or --mapping'],
    [{ '--idx': ['a'] }, '--idx takes two files: images, then labels'],
    [{ '--idx': ['a', 'b', 'c'] }, '--idx takes two files: images, then labels'],
    [{ '--csv': 'a', '--text': 'b' }, 'Texts need --text and --label'],
    [{ '--jsonl': 'a', '--label': 'b' }, 'Texts need --text and --label'],
    [{ '--images': 'a' }, '--images needs --size HEIGHTxWIDTH'],
    [{ '--images': 'a', '--size': '28' }, '--images needs --size HEIGHTxWIDTH'],
  ]
  for (const [options, message] of refused)
    assert.throws(() => source({ ...options }), { code: 'input-invalid', message })
})

test('every flag stands in the help once, and a check has those of translated formats', () => {
  const names = sourceFlags().map(flagName)
  assert.deepEqual(names.toSorted(), [...new Set(names)].sort())
  assert.ok(names.includes('--label') && names.includes('--colour'))
  assert.deepEqual(sourceFlags({ translated: true }).map(flagName), ['--csv', '--mapping'])
  for (const { help } of sourceFlags()) assert.ok(help.en !== '' && /\p{Script=Han}/u.test(help.zh), help.en)
})

test('flags with the same name are one object: a second one is named, with the way out', () => {
  const label = textFlag('--label <column>', { en: 'column', zh: '列' })
  const other = textFlag('--label <field>', { en: 'field', zh: '字段' })
  assert.deepEqual(distinctFlags([label, label]), [label])
  assert.throws(() => distinctFlags([label, other, label]), {
    message: /^Two formats have a flag --label of their own: .*table-flags\.ts/,
  })
})
