import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { pathToFileURL } from 'node:url'
import { withCompileCache } from '@consort/cli/compile-cache'
import { type HangingFile, watchFiles } from './watch-files.ts'

export interface SkippedTest {
  readonly file: string
  readonly test: string
  readonly why: string
}

export interface Outcome {
  readonly failed: boolean
  readonly skipped: readonly SkippedTest[]
  /** Files that were ended because they took too long. */
  readonly hanging: readonly HangingFile[]
}

const progress = pathToFileURL(join(import.meta.dirname, 'note-progress.ts')).href

/** Runs test files, each in a process of its own, and prints what node's runner says of them. */
export async function runFiles(files: readonly string[], { limitMs }: { limitMs: number }): Promise<Outcome> {
  const notes = mkdtempSync(join(tmpdir(), 'consort-test-notes-'))
  process.env.CONSORT_TEST_NOTES = notes
  Object.assign(process.env, withCompileCache()) // kept between the files, each of which is a process of its own
  using watch = watchFiles(notes, limitMs)
  const skipped: SkippedTest[] = []
  let failed = false
  const events = run({
    files: [...files],
    concurrency: availableParallelism(),
    execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning', '--import', progress],
  })
  events.on('test:fail', () => {
    failed = true
  })
  events.on('test:pass', ({ name, file, skip }) => {
    if (skip === undefined || skip === false) return
    const why = typeof skip === 'string' ? skip : 'no reason given'
    skipped.push({ file: file === undefined ? '' : relative(process.cwd(), file), test: name, why })
  })
  for await (const text of events.compose(spec)) process.stdout.write(text)
  rmSync(notes, { recursive: true, force: true })
  return { failed, skipped, hanging: watch.ended }
}
