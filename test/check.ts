import { spawnSync } from 'node:child_process'
import { deadExports } from './tidy/dead-exports.ts'
import { sourceFiles } from './tidy/source-files.ts'
import { structureFaults, structureFigures } from './tidy/structure.ts'

const tidy = ['test/tidy.test.ts', 'test/tidy/rules.test.ts', 'test/tidy/structure.test.ts']

/** Types of everything, lint and format, tidy: what has to hold before anything lands. */
const steps: [what: string, command: string, line: string[]][] = [
  ['types of the packages', 'tsc', ['-b']],
  ['types of tests, examples and bench', 'tsc', ['-p', 'test/tsconfig.json']],
  ['lint and format', 'biome', ['check', '--error-on-warnings', '.']],
  ['tidy', process.execPath, ['--conditions=source', '--test', '--test-reporter=dot', ...tidy]],
]
for (const [what, command, line] of steps) {
  const { status } = spawnSync(command, line, { stdio: 'inherit' })
  console.log(`${status === 0 ? '✓' : '✗'} ${what}`)
  if (status !== 0) process.exit(1)
}

console.log('\nstructure')
const files = sourceFiles()
const faults = { ...structureFaults(files), 'dead exports': deadExports('anyone') }
for (const [rule, found] of Object.entries(faults)) console.log(`  ${rule}: ${found.length}`)
for (const [name, figure] of Object.entries(structureFigures(files))) console.log(`  ${name}: ${figure}`)
