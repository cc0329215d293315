import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { copyTree } from './copy-tree.ts'
import { mutants } from './mutants.ts'
import { createTryMutant, type Verdict } from './try-mutant.ts'

/**
 * Makes the breaking edits of the table, or those that are named, one after the other in a copy of the tree, and says
 * of each whether its tests notice. Fails unless all are noticed. `--limit SECONDS` is how long the tests of one edit
 * may take.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { limit: { type: 'string', default: '300' } },
})
process.exitCode = await main(positionals, Number(values.limit))

async function main(ids: readonly string[], limitSeconds: number): Promise<number> {
  const unknown = ids.filter(id => !mutants.some(mutant => mutant.id === id))
  if (unknown.length > 0 || !(limitSeconds > 0)) {
    console.error(unknown.length > 0 ? `No such edit: ${unknown.join(', ')}` : '--limit takes seconds.')
    return 2
  }
  const wanted = mutants.filter(({ id }) => ids.length === 0 || ids.includes(id))
  const root = join(import.meta.dirname, '../..')
  using copy = copyTree(root)
  process.once('exit', copy[Symbol.dispose])
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  const tryMutant = createTryMutant(copy, { limitSeconds })
  let noticed = 0
  for (const [index, mutant] of wanted.entries()) {
    const started = performance.now()
    const verdict = await tryMutant(mutant)
    const seconds = Math.round((performance.now() - started) / 1000)
    if (verdict.kind === 'noticed') noticed += 1
    const mark = verdict.kind === 'noticed' ? '✔' : '✖'
    console.log(`${mark} ${index + 1}/${wanted.length} ${mutant.id}: ${said(verdict)} (${seconds} s)`)
    if (verdict.kind !== 'noticed') console.log(`    ${mutant.breaks}`)
  }
  console.log(`\n${noticed} of ${wanted.length} edits are noticed.`)
  return noticed === wanted.length ? 0 : 1
}

function said(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'noticed':
      return `noticed by ${verdict.by}`
    case 'not-noticed':
      return 'NOT NOTICED'
    case 'does-not-apply':
      return 'the edit no longer applies: its text does not stand exactly once in the file'
    case 'no-tests':
      return `it cannot be told: ${verdict.why}`
  }
}
