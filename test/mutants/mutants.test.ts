import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { ownFaults } from '../simulation/own-faults.ts'
import { applyEdit } from './mutant.ts'
import { mutants } from './mutants.ts'

/** Also those that only schedules look for, in a campaign that `npm test` does not run. */
const edits = [...mutants, ...ownFaults]

const read = (file: string): string => readFileSync(join(import.meta.dirname, '../..', file), 'utf8')
const exists = (file: string): boolean => existsSync(join(import.meta.dirname, '../..', file))

test('every edit of the table can be made: its text stands exactly once in its file, and it changes something', () => {
  const stale = edits.filter(({ file, find, replace }) => {
    const text = exists(file) ? read(file) : ''
    const edited = applyEdit(text, { find, replace })
    return edited === undefined || edited === text
  })
  assert.deepEqual(
    stale.map(({ id, file }) => `${id}: ${file}`),
    [],
  )
})

test('the tests that have to notice an edit are there, by file and by title', () => {
  const lost = mutants.flatMap(({ id, tests }) =>
    tests
      .filter(({ file, title }) => {
        if (!exists(file) || !file.endsWith('.test.ts')) return true
        return title !== undefined && read(file).split(title).length !== 2
      })
      .map(({ file, title }) => `${id}: ${file} ${title ?? ''}`),
  )
  assert.deepEqual(lost, [])
  assert.ok(mutants.every(({ tests }) => tests.length > 0))
})

test('an edit has a name of its own and says in one sentence what it breaks', () => {
  assert.equal(new Set(edits.map(({ id }) => id)).size, edits.length)
  for (const { id, breaks } of edits) {
    assert.match(id, /^[a-z]+(-[a-z]+)*$/)
    assert.match(breaks, /^[A-Z][^.]+\.$/, id)
  }
})

test('an edit is not made where its text is missing or stands twice', () => {
  const edit = { find: 'a < b', replace: 'a <= b' }
  assert.equal(applyEdit('if (a < b) {}', edit), 'if (a <= b) {}')
  assert.equal(applyEdit('if (a > b) {}', edit), undefined)
  assert.equal(applyEdit('if (a < b || a < b) {}', edit), undefined)
})
