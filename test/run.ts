import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { withCompileCache } from '@consort/cli/compile-cache'

/**
 * Runs the tests on Node's own runner. `--long` runs the campaigns (*.long.test.ts) and `--pilot` the pilot
 * (*.pilot.test.ts) instead of the fast tests; other arguments are file names or parts of them.
 */
const sort = ['long', 'pilot'].find(name => process.argv.includes(`--${name}`))
const wanted = process.argv.slice(2).filter(argument => !argument.startsWith('--'))
const files = globSync(['packages/*/src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'], {
  exclude: path => path.includes('node_modules'),
})
  .filter(path => /\.(long|pilot)\.test\.ts$/.exec(path)?.[1] === sort)
  .filter(path => wanted.length === 0 || wanted.some(part => path.includes(part)))
  .sort()
if (files.length === 0) {
  console.error('No test file matches.')
  process.exit(1)
}
const { status } = spawnSync(
  process.execPath,
  [
    '--conditions=source',
    '--disable-warning=ExperimentalWarning',
    '--test',
    `--test-concurrency=${availableParallelism()}`,
    '--test-reporter=spec',
    ...files,
  ],
  // Compiled code is kept between the files, each of which is a process of its own.
  { stdio: 'inherit', env: withCompileCache() },
)
process.exit(status ?? 1)
