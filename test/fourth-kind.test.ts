import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import { copyTree } from './mutants/copy-tree.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')
const table = 'packages/records/src/kinds/kinds.ts'

/** One folder, and one line in one table. */
function addSeries(tree: string): void {
  renameSync(
    join(tree, 'packages/records/src/testing/series'),
    join(tree, 'packages/records/src/kinds/series'),
  )
  const listed = 'export const kinds = { images, table, text }'
  const before = readFileSync(join(tree, table), 'utf8')
  assert.ok(before.includes(listed))
  const after = before
    .replace(listed, 'export const kinds = { images, series, table, text }')
    .replace('import { table }', "import { series } from './series/series.ts'\nimport { table }")
  writeFileSync(join(tree, table), after)
}

test('a fourth kind of records is one folder and one line: it compiles everywhere, and is used everywhere', async () => {
  using copy = copyTree(root)
  const options = { cwd: copy.path, env: { ...process.env, TMPDIR: copy.temporary } }
  const faultsIn = async (project: string): Promise<string> => {
    const checking = run(join(root, 'node_modules/.bin/tsc'), ['-p', `test/fourth-kind/${project}`], options)
    return (await checking.catch((error: { stdout: string }) => error)).stdout
  }
  addSeries(copy.path)
  for (const project of ['tsconfig.json', 'tsconfig.page.json']) assert.equal(await faultsIn(project), '')
  const script = ['--conditions=source', 'test/fourth-kind/use-series.ts']
  const { stdout } = await run(process.execPath, script, options)
  assert.equal(stdout, 'used\n')
})
