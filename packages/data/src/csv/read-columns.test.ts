import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { textAt } from '@consort/records'
import { readColumns, type WantedColumns } from './read-columns.ts'

const folder = mkdtempSync(join(tmpdir(), 'consort-columns-'))
after(() => rmSync(folder, { recursive: true }))

let files = 0

async function read(content: string, names: readonly string[], header?: readonly string[]) {
  const path = join(folder, `${files++}.csv`)
  writeFileSync(path, content)
  const columns: WantedColumns['columns'] = names.map(name => ({ name, path: `fields.${name}.column` }))
  const { count, byName } = await readColumns({ path }, { columns, header })
  const texts = [...byName].map(([name, column]) => [
    name,
    Array.from({ length: count }, (_, row) => textAt(column, row)),
  ])
  return { count, columns: Object.fromEntries(texts) }
}

test('the wanted columns are read by the names of the first line, as they stand', async () => {
  assert.deepEqual(await read('x,b, a \n1, 2 ,?\n,,NA\n', ['a', 'b', 'a']), {
    count: 2,
    columns: { a: ['?', 'NA'], b: ['2', null] },
  })
})

test('with a header from the mapping the first line is a record', async () => {
  assert.deepEqual(await read('\uFEFF1,2,3\n4,5,6', ['c', 'a'], ['a', 'b', 'c']), {
    count: 2,
    columns: { c: ['3', '6'], a: ['1', '4'] },
  })
})

const refused: [string, () => Promise<unknown>, object][] = [
  [
    'a misspelt column',
    () => read('age,chol\n1,2\n', ['age', 'chols']),
    { code: 'mapping-invalid', path: 'fields.chols.column', hint: /Did you mean chol\?/ },
  ],
  [
    'a file without a header',
    () => read('male,chol1\n1,2\n', ['sex', 'chol']),
    { code: 'mapping-invalid', path: 'fields.sex.column', hint: /list the names in `header`/ },
  ],
  ['another delimiter', () => read('a;b\n1;2\n', ['a', 'b']), { hint: /Is the delimiter right/ }],
  [
    'a wanted name that comes twice',
    () => read('a,b,a\n1,2,3\n', ['a']),
    { code: 'mapping-invalid', message: /has two columns named a: 1 and 3/ },
  ],
  [
    'a column that is not in the header of the mapping',
    () => read('1,2\n', ['c', 'b'], ['a', 'b']),
    { code: 'mapping-invalid', path: 'fields.c.column', message: /^The header of the mapping has no/ },
  ],
  [
    'a header that the file has already',
    () => read('a, b\n1,2\n', ['a'], ['a', 'b']),
    { code: 'mapping-invalid', path: 'header', hint: 'Take `header` out of the mapping.' },
  ],
  [
    'a header of another width',
    () => read('1,2,3\n', ['a'], ['a', 'b']),
    { code: 'mapping-invalid', path: 'header', message: /has 3 columns, the header of the mapping has 2/ },
  ],
  [
    'a short row',
    () => read('a,b\n1,2\n3\n', ['a']),
    { code: 'data-unreadable', message: /row 2 \(line 3\): 1 cells under 2 columns/ },
  ],
  [
    'a quote that does not match',
    () => read('1,2\n"3,4\n', ['a'], ['a', 'b']),
    { code: 'data-unreadable', message: /row 2 \(after line 1\): the double quotes/ },
  ],
  ['a header alone', () => read('a,b\n', ['a']), { code: 'data-unreadable', message: /holds no records/ }],
  ['an empty file', () => read('', ['a'], ['a']), { code: 'data-unreadable', message: /holds no records/ }],
]

for (const [what, run, expected] of refused) {
  test(`${what} is refused`, () => assert.rejects(run, expected))
}
