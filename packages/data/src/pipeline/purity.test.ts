import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'

/** What a file imports when it runs, itself and by the files beside it: `from '…'`, `import '…'`, `import('…')`. */
function importsOf(path: string, seen = new Set<string>()): Set<string> {
  const found = new Set<string>()
  if (seen.has(path)) return found
  seen.add(path)
  const code = readFileSync(path, 'utf8').replace(/^(?:import|export) type [^']*'[^']+'/gm, '')
  for (const [, name] of code.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
    if (!name!.startsWith('.')) found.add(name!)
    else for (const deeper of importsOf(resolve(dirname(path), name!), seen)) found.add(deeper)
  }
  return found
}

const files = [...readdirSync(import.meta.dirname), '../inputs/inputs.ts'].filter(
  file => file.endsWith('.ts') && !file.endsWith('.test.ts'),
)

for (const file of files) {
  test(`${file} could run in a browser: it imports no node module and no reader`, () => {
    const allowed = new Set(['@consort/protocol'])
    const others = [...importsOf(join(import.meta.dirname, file))].filter(name => !allowed.has(name))
    assert.deepEqual(others, [])
  })
}

test('the check finds what a reader imports', () => {
  const found = importsOf(join(import.meta.dirname, '../read-dataset.ts'))
  for (const name of ['node:fs', 'sharp', 'yaml']) assert.ok(found.has(name), name)
})
