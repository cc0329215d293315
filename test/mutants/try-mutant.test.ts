import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import type { Mutant } from './mutant.ts'
import { createTryMutant } from './try-mutant.ts'

const source = `export function greater(one: number, other: number): number {
  if (one > other) return one
  return other
}
`
const tests = `import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { greater } from './greater.ts'

test('the greater one is found', () => assert.equal(greater(2, 1), 2))
test('of equal ones it is either', async () => {
  while (greater(1, 1) !== 1) await sleep(100)
})
`
const failing = `import assert from 'node:assert/strict'
import test from 'node:test'

test('it was broken before', () => assert.equal(1, 2))
`

/** A tree with one function and its tests. */
function makeTree() {
  const path = mkdtempSync(join(tmpdir(), 'consort-tree-'))
  writeFileSync(join(path, 'greater.ts'), source)
  writeFileSync(join(path, 'greater.test.ts'), tests)
  writeFileSync(join(path, 'failing.test.ts'), failing)
  const temporary = join(path, 'tmp')
  mkdirSync(temporary)
  return { path, temporary, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

function edit(find: string, replace: string, of: Partial<Mutant['tests'][number]> = {}): Mutant {
  const related = { file: 'greater.test.ts', ...of }
  return { id: 'edit', breaks: 'It breaks.', file: 'greater.ts', find, replace, tests: [related] }
}

test('an edit is noticed by a test that passes without it, and the tree is as it was', async () => {
  using tree = makeTree()
  const tryMutant = createTryMutant(tree, { limitSeconds: 60 })
  const noticed = { kind: 'noticed', by: 'greater.test.ts: the greater one is found' }
  assert.deepEqual(await tryMutant(edit('one > other', 'one < other')), noticed)
  assert.deepEqual(await tryMutant(edit('one > other', 'one >= other')), { kind: 'not-noticed' })
  const other = edit('one > other', 'one > other + 1', { title: 'of equal ones' })
  assert.deepEqual(await tryMutant(other), { kind: 'not-noticed' }, 'only that test is asked')
  assert.equal(readFileSync(join(tree.path, 'greater.ts'), 'utf8'), source)
})

test('a file that no longer loads is no notice, nor is a test that failed before', async () => {
  using tree = makeTree()
  const tryMutant = createTryMutant(tree, { limitSeconds: 60 })
  assert.deepEqual(await tryMutant(edit('return other', 'return other +')), { kind: 'not-noticed' })
  const { kind } = await tryMutant(edit('one > other', 'one < other', { file: 'failing.test.ts' }))
  assert.equal(kind, 'no-tests')
  const none = await tryMutant(edit('one > other', 'one < other', { title: 'there is no such test' }))
  assert.deepEqual(none, { kind: 'no-tests', why: 'greater.test.ts: no test runs' })
})

test('tests that never end are ended, and that is a notice', async () => {
  using tree = makeTree()
  const tryMutant = createTryMutant(tree, { limitSeconds: 20 })
  const endless = edit('return other', 'return Number.NaN')
  assert.deepEqual(await tryMutant(endless), { kind: 'noticed', by: 'greater.test.ts: does not end' })
})

test('an edit whose text is gone is said to apply no longer', async () => {
  using tree = makeTree()
  const tryMutant = createTryMutant(tree, { limitSeconds: 60 })
  assert.deepEqual(await tryMutant(edit('one >= other', 'one < other')), { kind: 'does-not-apply' })
})
