import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import test from 'node:test'

const root = join(import.meta.dirname, '../..')
const fixture = (name: string): string => relative(root, join(import.meta.dirname, 'fixtures', `${name}.ts`))

function runTests(line: readonly string[], settings: Record<string, string> = {}) {
  // What marks this process as a test must not mark the runner.
  const { NODE_TEST_CONTEXT: _, CI: __, ...env } = process.env
  const command = ['--conditions=source', 'test/run.ts', ...line]
  return spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8', env: { ...env, ...settings } })
}

/** A dead program may wait for long until its new parent takes notice. */
function isRunning(pid: string): boolean {
  return existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

test('a file that hangs is ended with all it started, and named with the last test that it started', () => {
  const { status, stdout, stderr } = runTests(['--limit', '4', fixture('hangs')])
  assert.equal(status, 1)
  assert.match(
    stderr,
    /^✖ test\/runner\/fixtures\/hangs\.ts took more than 4 s and was ended in blocks its process$/m,
  )
  assert.match(stdout, /✔ a test before it/)
  assert.match(stdout, /^ℹ fail 1$/m)
  assert.equal(isRunning(/left behind: (\d+)/.exec(stdout)![1]!), false)
})

test('with CI=true a skipped test fails the run by its name, but for those that need what may be lacking', () => {
  const { status, stdout, stderr } = runTests([fixture('skips')], { CI: 'true' })
  assert.equal(status, 1)
  assert.match(stderr, /skipped: test\/runner\/fixtures\/skips\.ts: needs what nobody has \(nobody has it\)/)
  assert.doesNotMatch(stderr, /Pneumonia/)
  assert.match(stdout, /^ℹ skipped 2$/m)
  assert.equal(runTests([fixture('skips')]).status, 0)
})

test('parts of paths choose files; no file, or a limit that is none, is refused', () => {
  const { status, stdout } = runTests(['packages/basics/src/refusal'])
  assert.deepEqual([status, /^ℹ fail 0$/m.test(stdout)], [0, true])
  assert.match(runTests(['no/such/file']).stderr, /No test file matches/)
  assert.equal(runTests(['--limit', 'soon']).status, 2)
})
