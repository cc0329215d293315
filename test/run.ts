import { existsSync, globSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { mayBeSkipped } from './runner/may-be-skipped.ts'
import { runFiles } from './runner/run-files.ts'

/**
 * Runs the tests on Node's own runner. `--long` runs the campaigns (*.long.test.ts) and `--pilot` the pilot
 * (*.pilot.test.ts) instead of the fast tests; other arguments are parts of paths, or whole paths. `--limit SECONDS`
 * is how long one file may take before it is ended. With CI=true a skipped test fails the run.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    long: { type: 'boolean', default: false },
    pilot: { type: 'boolean', default: false },
    limit: { type: 'string' },
  },
})
const sort = values.long ? 'long' : values.pilot ? 'pilot' : undefined
const all = globSync(['packages/*/src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'], {
  exclude: path => path.includes('node_modules'),
})
const files = all
  .filter(path => /\.(long|pilot)\.test\.ts$/.exec(path)?.[1] === sort)
  .filter(path => positionals.length === 0 || positionals.some(part => path.includes(part)))
  .concat(positionals.filter(path => path.endsWith('.ts') && !all.includes(path) && existsSync(path)))
  .sort()
const limitSeconds = Number(values.limit ?? (sort === undefined ? 600 : 3600))
process.exitCode = await main()

async function main(): Promise<number> {
  if (!(limitSeconds > 0)) {
    console.error('--limit takes the seconds that one file may take, such as --limit 600.')
    return 2
  }
  if (files.length === 0) {
    console.error('No test file matches.')
    return 1
  }
  const { failed, skipped, hanging } = await runFiles(files, { limitMs: 1000 * limitSeconds })
  for (const { file, test } of hanging)
    console.error(`✖ ${file} took more than ${limitSeconds} s and was ended in ${test ?? 'no test yet'}`)
  const forbidden = process.env.CI === 'true' ? skipped.filter(({ test }) => !mayBeSkipped(test)) : []
  for (const { file, test, why } of forbidden) console.error(`✖ skipped: ${file}: ${test} (${why})`)
  if (forbidden.length > 0)
    console.error('With CI=true no test may be skipped but those of test/runner/may-be-skipped.ts.')
  return failed || hanging.length + forbidden.length > 0 ? 1 : 0
}
