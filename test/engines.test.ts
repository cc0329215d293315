import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { engineMissing } from '@consort/storage/testing/engines'
import { startPostgres } from '@consort/storage/testing/postgres-server'

const root = join(import.meta.dirname, '..')

/** Tests that open their tables with `openTestDatabase`, or with a set-up that does. */
function testsOfStores(): string[] {
  const all = globSync('packages/*/src/**/*.ts', { cwd: root })
  const opens = (path: string, name: RegExp) => name.test(readFileSync(join(root, path), 'utf8'))
  const setUps = all.filter(path => path.includes('/testing/') && opens(path, /open(Test|Hub)Database/))
  const names = setUps.map(path => path.replace(/^.*\/(testing\/.*)$/, '$1'))
  const uses = new RegExp(['open-test-database', ...names].map(name => name.replaceAll('.', '\\.')).join('|'))
  // How SQLite plans a query is a question to SQLite alone.
  const plans = (path: string) => opens(path, /query-plans/)
  return all.filter(path => path.endsWith('.test.ts') && opens(path, uses) && !plans(path))
}

test('the tests of all stores pass on PostgreSQL, too', { skip: engineMissing('postgres') }, async () => {
  const files = testsOfStores()
  assert.ok(files.length >= 20, files.join(' '))
  await using server = await startPostgres({ syncs: false })
  const child = spawn(process.execPath, ['--conditions=source', '--test', '--test-reporter=tap', ...files], {
    cwd: root,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, CONSORT_TEST_POSTGRES: server.folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  let said = ''
  for await (const part of child.stdout) said += part
  const failed = said.split('\n').filter(line => /^\s*not ok /.test(line))
  assert.deepEqual(failed, [])
  assert.match(said, /^# pass [1-9]\d/m)
  assert.deepEqual(await exited, [0, null])
})
