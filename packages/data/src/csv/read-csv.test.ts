import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { createSeededRandom } from '@consort/basics'
import { cellAt, type TableDataset } from '@consort/records'
import { labelsOf } from '../testing/labels-of.ts'
import type { CsvSource } from './csv-header.ts'
import { readCsv } from './read-csv.ts'

const folder = mkdtempSync(join(tmpdir(), 'consort-csv-'))
after(() => rmSync(folder, { recursive: true }))

let files = 0

function sourceOf(
  content: string | Uint8Array,
  rest: Partial<CsvSource> & { name?: string } = {},
): CsvSource {
  const { name = 'patients.csv', ...fields } = rest
  const path = join(folder, `${files++}-${name}`)
  writeFileSync(path, content)
  return { path, label: 'outcome', missing: ['?', 'NA', 'NaN', 'null'], ...fields }
}

function rowsOf(table: TableDataset): (string | null)[][] {
  return Array.from({ length: table.count }, (_, row) =>
    table.columns.map((_, column) => cellAt(table, row, column)),
  )
}

test('all columns but the label are features, cells are trimmed, marks of missing cells become null', async () => {
  const table = await readCsv(
    sourceOf('age, outcome ,sex\n 41,present,male\n?,absent,\nNA,absent," female "\n'),
  )
  assert.deepEqual(table.columns, ['age', 'sex'])
  assert.deepEqual(labelsOf(table), ['present', 'absent', 'absent'])
  assert.deepEqual(rowsOf(table), [
    ['41', 'male'],
    [null, null],
    [null, 'female'],
  ])
})

test('chosen features come in the chosen order, and other columns may have no name', async () => {
  const table = await readCsv(sourceOf(',b,a,outcome\n0,2,1,x\n', { features: ['a', 'b'] }))
  assert.deepEqual(table.columns, ['a', 'b'])
  assert.deepEqual(rowsOf(table), [['1', '2']])
})

test('the marks of missing cells are those of the source', async () => {
  const table = await readCsv(sourceOf('age,outcome\n-9,x\n?,x\n', { missing: ['-9'] }))
  assert.deepEqual(rowsOf(table), [[null], ['?']])
})

test('a byte order mark, all line ends, empty lines and quoted line breaks are read', async () => {
  const table = await readCsv(
    sourceOf('\uFEFFoutcome,note\r\nx,"two\r\nlines, one ""cell"""\n\nY,数据\rz,last'),
  )
  assert.deepEqual(labelsOf(table), ['x', 'Y', 'z'])
  assert.deepEqual(rowsOf(table), [['two\r\nlines, one "cell"'], ['数据'], ['last']])
})

test('the delimiter is a tab for .tsv and .tab, a comma otherwise, or the one that is given', async () => {
  const wanted = [['1', null]]
  for (const name of ['a.tsv', 'a.TAB']) {
    assert.deepEqual(rowsOf(await readCsv(sourceOf('a\tb\toutcome\n1\t\tx\n', { name }))), wanted)
  }
  assert.deepEqual(rowsOf(await readCsv(sourceOf('a,b,outcome\n1,,x\n', { name: 'a.txt' }))), wanted)
  assert.deepEqual(rowsOf(await readCsv(sourceOf('a;b;outcome\n1;;x\n', { delimiter: ';' }))), wanted)
})

test('what was written is read back, wherever the chunks of the file end', async () => {
  const random = createSeededRandom(7)
  const alphabet = ['a', 'é', '数', '🙂', ',', '"', '\r\n', '\n', ' ']
  const cells = Array.from({ length: 6000 }, () => {
    const length = Math.floor(random.uniform() * 12)
    return Array.from({ length }, () => alphabet[Math.floor(random.uniform() * alphabet.length)]!).join('')
  })
  const quoted = cells.map(cell => `"${cell.replaceAll('"', '""')}"`)
  const lines = Array.from({ length: 2000 }, (_, row) =>
    [...quoted.slice(row * 3, row * 3 + 3), 'x'].join(','),
  )
  const table = await readCsv(sourceOf(['a,b,c,outcome', ...lines].join('\r\n')))
  assert.deepEqual(
    rowsOf(table).flat(),
    cells.map(cell => cell.trim() || null),
  )
})

test('progress rises to 1', async () => {
  const shares: number[] = []
  await readCsv(sourceOf(`a,outcome\n${'1234567,x\n'.repeat(30_000)}`), {
    onProgress: share => shares.push(share),
  })
  assert.ok(shares.length > 2)
  assert.deepEqual(
    shares,
    shares.toSorted((a, b) => a - b),
  )
  assert.equal(shares.at(-1), 1)
})

test('a signal ends the reading', async () => {
  const source = sourceOf(`a,outcome\n${'1234567,x\n'.repeat(30_000)}`)
  const controller = new AbortController()
  const reading = readCsv(source, { signal: controller.signal, onProgress: () => controller.abort() })
  await assert.rejects(reading, { name: 'AbortError' })
})

const refused: [string, string | Uint8Array, Partial<CsvSource>, object][] = [
  ['an empty file', '', {}, { code: 'data-unreadable', message: /holds no records/ }],
  ['a header alone', 'a,outcome\n', {}, { code: 'data-unreadable', message: /holds no records/ }],
  [
    'a short row',
    'a,outcome\n1,x\n\n2\n',
    {},
    { code: 'data-unreadable', message: /row 2 \(line 4\): 1 cells under 2 columns/ },
  ],
  [
    'a long row',
    'a,outcome\n"1\n1",x\n2,x,y\n',
    {},
    { code: 'data-unreadable', message: /row 2 \(line 4\): 3 cells under 2 columns/ },
  ],
  [
    'a label that is not recorded',
    'a,outcome\n1,x\n2,?\n',
    {},
    { code: 'label-missing', message: /row 2 \(line 3\), column outcome: no label/ },
  ],
  [
    'a label column that is not there',
    'a,Outcome\n1,x\n',
    {},
    { code: 'label-missing', message: /no column named outcome/, hint: /Did you mean Outcome/ },
  ],
  [
    'a file without a header',
    '63.0,1.0,?,0\n67.0,1.0,4.0,2\n',
    {},
    { code: 'label-missing', hint: /is the header missing/ },
  ],
  ['another delimiter', 'a;outcome\n1;x\n', {}, { code: 'label-missing', hint: /Did you mean a;outcome/ }],
  [
    'a feature that is not there',
    'age,outcome\n1,x\n',
    { features: ['ages'] },
    {
      code: 'data-unreadable',
      message: /no column is named ages/,
      hint: /Did you mean age/,
      path: 'features[0]',
    },
  ],
  [
    'the label as a feature',
    'age,outcome\n1,x\n',
    { features: ['age', 'outcome'] },
    { code: 'data-unreadable', message: /label outcome is also listed/ },
  ],
  [
    'a feature listed twice',
    'age,outcome\n1,x\n',
    { features: ['age', 'age'] },
    { code: 'data-unreadable', message: /feature age is listed twice/ },
  ],
  [
    'two columns of one name',
    'a,b,a,outcome\n1,2,3,x\n',
    {},
    { code: 'data-unreadable', message: /columns 1 and 3 have the same name/ },
  ],
  [
    'a feature column without a name',
    'a,,outcome\n1,2,x\n',
    {},
    { code: 'data-unreadable', message: /column 2 has no name/ },
  ],
  [
    'nothing but labels',
    'outcome\nx\n',
    {},
    { code: 'data-unreadable', message: /label is its only column/ },
  ],
  [
    'a quote that is not closed',
    'a,outcome\n1,x\n"2,x\n3,x\n',
    {},
    { code: 'data-unreadable', message: /row 2 \(after line 2\): the double quotes do not match/ },
  ],
  [
    'a quote inside a cell',
    'a,outcome\n5" pipe,x\n',
    {},
    { code: 'data-unreadable', message: /row 1 \(after line 1\): the double quotes do not match/ },
  ],
  [
    'a quoted header that is not closed',
    '"a,outcome\n1,x\n',
    {},
    { code: 'data-unreadable', message: /header: the double quotes do not match/ },
  ],
  [
    'GBK text',
    Buffer.from([0xc4, 0xea, 0xc1, 0xe4, 0x2c, 0x61, 0x0a]),
    {},
    { code: 'data-unreadable', message: /is not UTF-8 text/ },
  ],
  [
    'text cut inside a character',
    Buffer.from('a,outcome\n1,数').subarray(0, -1),
    {},
    { code: 'data-unreadable', message: /is not UTF-8 text/ },
  ],
  [
    'a quote as the delimiter',
    'a,outcome\n1,x\n',
    { delimiter: '"' },
    { code: 'data-unreadable', message: /cannot separate cells/ },
  ],
]

for (const [what, content, rest, expected] of refused) {
  test(`${what} is refused`, () => assert.rejects(readCsv(sourceOf(content, rest)), expected))
}

test('odd headers are read as they stand: names of objects, no names, pairs of quotes in each', async () => {
  const odd = ['__proto__', 'constructor', 'a "b"', 'a ""b""', '0', 'Outcome', 'ａ', '-0']
  const quoted = (cells: readonly string[]) => cells.map(cell => `"${cell.replaceAll('"', '""')}"`).join(',')
  const content = `,${quoted(odd)},,outcome\n1,${quoted(odd)},2,x\n3,${quoted(odd.toReversed())},4,y\n`
  const table = await readCsv(sourceOf(content, { features: odd.toReversed() }))
  assert.deepEqual(table.columns, odd.toReversed())
  assert.deepEqual(rowsOf(table), [odd.toReversed(), odd])
})

test('10,000 columns of which each has pairs of quotes are read, and the first of two names is told', async () => {
  const names = Array.from({ length: 9999 }, (_, column) => `f ""${column}""`)
  const line = names.map(name => `"${name}"`).join(',')
  const table = await readCsv(sourceOf(`${line},outcome\n${line},x\n`))
  assert.deepEqual(rowsOf(table), [names.map(name => name.replaceAll('""', '"'))])
  await assert.rejects(readCsv(sourceOf('a,b,c,b,outcome,a,b\n')), {
    message: /columns 2 and 4 have the same/,
  })
  await assert.rejects(readCsv(sourceOf('a,outcome,b,outcome\n')), {
    message: /columns 2 and 4 have the same/,
  })
  await assert.rejects(readCsv(sourceOf('a,outcome,,\n')), { message: /column 3 has no name/ })
  await assert.rejects(readCsv(sourceOf('a,outcome\n', { features: ['a', 'b', 'a'] })), {
    message: /no column is named b/,
    path: 'features[1]',
  })
  await assert.rejects(readCsv(sourceOf('a,outcome\n', { features: ['b', 'b'] })), { path: 'features[0]' })
})

test('a path that is no file is refused by name', async () => {
  const source = sourceOf('')
  await assert.rejects(readCsv({ ...source, path: join(folder, 'nowhere.csv') }), {
    code: 'data-unreadable',
    message: /nowhere\.csv does not exist/,
  })
  await assert.rejects(readCsv({ ...source, path: folder }), {
    code: 'data-unreadable',
    message: /is a folder, not a file/,
  })
})

const hearts = resolve(import.meta.dirname, '../../../../../shared/data/heart-4-hospitals')

test('the four hospitals of the heart disease data are read once they have a header', {
  skip: existsSync(hearts) ? false : `no ${hearts}`,
}, async () => {
  const header = 'age,sex,cp,trestbps,chol,fbs,restecg,thalach,exang,oldpeak,slope,ca,thal,num\n'
  const rows = { cleveland: 303, hungarian: 294, switzerland: 123, va: 200 }
  for (const [hospital, count] of Object.entries(rows)) {
    const content = readFileSync(join(hearts, `processed.${hospital}.data`))
    await assert.rejects(readCsv(sourceOf(content, { label: 'num' })), { code: 'label-missing' })
    const table = await readCsv(sourceOf(header + content, { label: 'num' }))
    assert.equal(table.count, count)
    assert.equal(table.columns.length, 13)
    const missing = rowsOf(table)
      .flat()
      .filter(cell => cell === null).length
    assert.equal(missing, content.toString().split('?').length - 1)
  }
})
