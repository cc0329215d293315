import assert from 'node:assert/strict'
import test from 'node:test'
import { castsAtBoundaries } from './casts.ts'
import { circlesOf } from './circles.ts'
import { contextSizes } from './contexts.ts'
import { formatKinds, namedFormats } from './format-kinds.ts'
import { comparedInputs, inputKinds } from './input-kinds.ts'
import { againstRoomOrder } from './node-rooms.ts'
import { plainCode } from './plain-code.ts'
import { unexplainedFunctions } from './unexplained.ts'

test('a circle is found among files, and among folders whose files are in none', () => {
  const files = [
    ['p/src/a.ts', 'p/src/b.ts'],
    ['p/src/b.ts', 'p/src/c.ts'],
    ['p/src/c.ts', 'p/src/a.ts'],
  ] as const
  assert.deepEqual(circlesOf(files), ['p/src: a.ts, b.ts, c.ts'])
  const folders = [
    ['p/src/x/one.ts', 'p/src/y/one.ts'],
    ['p/src/y/two.ts', 'p/src/x/two.ts'],
  ] as const
  assert.deepEqual(circlesOf(folders), ['p/src: x, y'])
  assert.deepEqual(circlesOf([...files.slice(0, 2), folders[0]]), [])
})

test('an import against the order of rooms is found, and one along it is not', () => {
  const [loop, find] = ['packages/node/src/training/loop.ts', 'packages/node/src/datasets/find.ts']
  assert.equal(againstRoomOrder([[find, loop]]).length, 1)
  assert.deepEqual(
    againstRoomOrder([
      [loop, find],
      ['packages/node/src/node.ts', loop],
    ]),
    [],
  )
})

test('a format that is named outside its own folder is found', () => {
  const home = 'packages/data/src/formats'
  const files = [
    { path: `${home}/csv/csv.ts`, text: "kind: z.literal('csv')" },
    { path: `${home}/formats.ts`, text: "const table = { 'csv': csv }" },
    { path: 'packages/node/src/a.ts', text: "const row = 1\nif (source.kind === 'csv') read()" },
    { path: 'packages/node/src/b.ts', text: "import { csvText } from './csv-text.ts'" },
  ]
  assert.deepEqual(formatKinds(files), ['csv'])
  assert.deepEqual(namedFormats(files), ["packages/node/src/a.ts:2: if (source.kind === 'csv') read()"])
})

test('a comparison with a kind of input is found outside of the folders of the kinds', () => {
  const files = [
    { path: 'packages/records/src/kinds/table/table.ts', text: "recordKind: 'row'," },
    { path: 'packages/records/src/kinds/kinds.ts', text: "if (data.kind === 'table') return data" },
    {
      path: 'packages/node/src/a.ts',
      text: "const b = input.kind !== 'table'\nswitch (kind) {\n  case 'row':",
    },
    { path: 'packages/node/src/c.ts', text: "const made = { kind: 'row', cells }\nif (kind === 'rows') b()" },
  ]
  assert.deepEqual(inputKinds(files), ['table', 'row'])
  const found = [
    "packages/node/src/a.ts:1: const b = input.kind !== 'table'",
    "packages/node/src/a.ts:3: case 'row':",
  ]
  assert.deepEqual(comparedInputs(files), found)
})

const boundary = (text: string) => castsAtBoundaries([{ path: 'packages/hub/src/a.ts', text }])

test('casts are found where they are code, and nowhere else', () => {
  for (const text of [
    'const id = row.id as Id',
    'const task = JSON.parse(row.task) as Task',
    'const task: Task = JSON.parse(row.task)',
    'const id = z.custom<Id>()',
    'const text = `$\x7b(row as Row).id}`',
    'const kinds = value as { kind: string }',
    'const first = /[/]/.test(x) ? (y as never) : z',
  ]) {
    assert.equal(boundary(text).length, 1, text)
  }
  for (const text of [
    "import { a as b } from './x.ts'",
    "import * as all from './x.ts'",
    "export {\n  a as b,\n} from './x.ts'",
    "const kinds = ['a', 'b'] as const",
    "const told = 'as it was' // as it is",
    '/** as it is */',
    'const told = `as $\x7bit} is as it was`',
    "fn.countAll().as('count')",
    'const share = a / b\n// taken as a / b',
    'const size = part satisfies Size',
  ]) {
    assert.deepEqual(boundary(text), [], text)
  }
  const elsewhere = { path: 'packages/train/src/a.ts', text: 'const a = b as never' }
  assert.deepEqual(castsAtBoundaries([elsewhere]), [])
})

test('code stays in its place when comments and texts are blanked', () => {
  const text = "const a = 'x' /* y\n */ + `p $\x7bb({ c: `q $\x7bd}` })} r`\nconst e = /'/.test(f) // '"
  const code = plainCode(text)
  assert.equal(code.length, text.length)
  assert.deepEqual(code.match(/\b[a-z]+\b/g), ['const', 'a', 'b', 'c', 'd', 'const', 'e', 'test', 'f'])
})

test('the fields of a context count with those that it extends', () => {
  const text = `
export interface SmallContext {
  readonly now: () => Date
  log(line: string): void
}
export interface LargeContext extends SmallContext {
  readonly nested: {
    readonly inner: string
  }
  readonly key?: string
}`
  const sizes = contextSizes([{ path: 'p.ts', text }])
  assert.deepEqual(
    sizes.map(({ fields }) => fields),
    [4, 2],
  )
})

test('an exported function without a comment right above it is found, in hub, node and command line', () => {
  const said = '/** Does it. */\nexport function told(): void {}\n'
  const file = (path: string, text: string) => ({ path, text })
  const found = unexplainedFunctions([
    file('packages/hub/src/a.ts', `${said}\nexport async function silent(): Promise<void> {}\n`),
    file('packages/train/src/a.ts', 'export function elsewhere(): void {}\n'),
  ])
  assert.deepEqual(found, ['packages/hub/src/a.ts:4: silent'])
})
