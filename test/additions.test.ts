import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import { copyTree } from './mutants/copy-tree.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')

const kinds = 'packages/records/src/kinds'
const metrics = 'packages/protocol/src/recipe/metrics'
const strategies = 'packages/protocol/src/recipe/strategies'

const errorRate = `
import { accuracy } from '../accuracy/accuracy.ts'
import type { Metric } from '../metric.ts'

export const errorRate: Metric = { ...accuracy, valueOf: sums => 1 - accuracy.valueOf(sums) }
`

const held = `
import { z } from 'zod'
import { strategy } from '../strategy.ts'

export const held = strategy({
  schema: z.strictObject({ kind: z.literal('held'), by: z.number() }),
  localTerms: ({ by }) => ({ proximal: by }),
})
`

/** To each of three tables one folder, and one line. */
function addToTables(tree: string): void {
  renameSync(join(tree, 'packages/records/src/testing/series'), join(tree, kinds, 'series'))
  addLine(join(tree, kinds, 'kinds.ts'), 'series', ['{ images, ', '{ images, series, '])
  write(join(tree, metrics, 'error-rate/error-rate.ts'), errorRate)
  addLine(join(tree, metrics, 'metrics.ts'), 'errorRate', ['{ loss', "{ 'error-rate': errorRate, loss"])
  write(join(tree, strategies, 'held/held.ts'), held)
  addLine(join(tree, strategies, 'strategies.ts'), 'held', ['fedprox }\n', 'fedprox, held }\n'])
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path))
  writeFileSync(path, text)
}

/** With the import that goes with it. */
function addLine(path: string, name: string, [listed, added]: readonly [string, string]): void {
  const before = readFileSync(path, 'utf8')
  assert.equal(before.split(listed).length, 2, `${path} has one place for ${name}`)
  const file = name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
  const line = `import { ${name} } from './${file}/${file}.ts'\n`
  writeFileSync(path, line + before.replace(listed, added))
}

test('a kind of records, a metric and a strategy are each one folder and one line, whoever uses them', async () => {
  using copy = copyTree(root)
  const options = { cwd: copy.path, env: { ...process.env, TMPDIR: copy.temporary } }
  addToTables(copy.path)
  for (const project of ['tsconfig.json', 'tsconfig.page.json']) {
    const checking = run(join(root, 'node_modules/.bin/tsc'), ['-p', `test/additions/${project}`], options)
    const { stdout } = await checking.catch((error: { stdout: string }) => error)
    assert.equal(stdout, '', 'it compiles everywhere')
  }
  const script = ['--conditions=source', 'test/additions/use-additions.ts']
  assert.equal((await run(process.execPath, script, options)).stdout, 'used\n')
})
