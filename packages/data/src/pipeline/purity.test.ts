import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'

const packages = resolve(import.meta.dirname, '../../..')

/**
 * What a file imports when it runs, itself and by the files of ours that it imports: `from '…'`, `import '…'`,
 * `import('…')`. What is loaded by a name with `#` is not followed: a browser is given nothing there.
 */
function importsOf(path: string, seen = new Set<string>()): Set<string> {
  const found = new Set<string>()
  if (seen.has(path)) return found
  seen.add(path)
  const code = readFileSync(path, 'utf8').replace(/^(?:import|export) type [^']*'[^']+'/gm, '')
  for (const [, name] of code.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
    const own = /^@consort\/(basics|records)$/.exec(name!)?.[1]
    if (own === undefined && !name!.startsWith('.')) found.add(name!)
    else {
      const target = own ? join(packages, own, 'src/index.ts') : resolve(dirname(path), name!)
      for (const deeper of importsOf(target, seen)) found.add(deeper)
    }
  }
  return found
}

const allowed = ['@consort/protocol', 'zod']
const isAllowed = (name: string) => allowed.includes(name) || name.startsWith('#kinds/')

const files = [
  ...readdirSync(import.meta.dirname)
    .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map(file => join(import.meta.dirname, file)),
  join(packages, 'records/src/index.ts'),
]

for (const file of files) {
  test(`${file.slice(packages.length + 1)} could run in a browser: it imports no node module and no reader`, () => {
    assert.deepEqual(
      [...importsOf(file)].filter(name => !isAllowed(name)),
      [],
    )
  })
}

test('what needs Node is loaded by a name that gives a browser nothing', () => {
  const manifest = JSON.parse(readFileSync(join(packages, 'records/package.json'), 'utf8'))
  assert.deepEqual(Object.keys(manifest.imports), ['#kinds/*'])
  assert.equal(Object.keys(manifest.imports['#kinds/*'])[0], 'browser', 'the first that applies is taken')
  const target = join(packages, 'records', manifest.imports['#kinds/*'].browser.source)
  assert.deepEqual([...importsOf(target)], [])
})

test('the check finds what a reader imports, also where another package has it', () => {
  const found = importsOf(join(import.meta.dirname, '../read-dataset.ts'))
  for (const name of ['node:fs', 'yaml', '@consort/records/pictures']) assert.ok(found.has(name), name)
  assert.ok(importsOf(join(packages, 'records/src/kinds/images/pictures.ts')).has('sharp'))
})
