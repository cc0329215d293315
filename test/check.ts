import { spawnSync } from 'node:child_process'

/** Types of everything, lint and format, tidy: what has to hold before anything lands. */
const steps: [what: string, command: string, line: string[]][] = [
  ['types of the packages', 'tsc', ['-b']],
  ['types of tests, examples and bench', 'tsc', ['-p', 'test/tsconfig.json']],
  ['lint and format', 'biome', ['check', '--error-on-warnings', '.']],
  ['tidy', process.execPath, ['--conditions=source', '--test', '--test-reporter=dot', 'test/tidy.test.ts']],
]
for (const [what, command, line] of steps) {
  const { status } = spawnSync(command, line, { stdio: 'inherit' })
  console.log(`${status === 0 ? '✓' : '✗'} ${what}`)
  if (status !== 0) process.exit(1)
}
