import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { endFamily } from '../runner/family.ts'
import type { TreeCopy } from './copy-tree.ts'
import type { RelatedTests } from './mutant.ts'

/** What became of the tests of a tree. */
export interface TestRun {
  /** Titles, in the order in which they ended; tests that were skipped are in neither list. */
  readonly passed: readonly string[]
  readonly failed: readonly string[]
  /** The tests took longer than they may, and were ended. */
  readonly isHanging: boolean
}

/** How long one test may take; one that waits for what no longer comes fails by it. */
const testSeconds = 120
const endedTest = z.object({ test: z.string(), passes: z.boolean() })
const reporter = join(import.meta.dirname, 'report-tests.ts')

/**
 * Runs tests in a tree for at most `limitSeconds`. When one of `expected` fails all is known, and the others are ended.
 */
export async function runTests(
  { path, temporary }: Pick<TreeCopy, 'path' | 'temporary'>,
  { file, title }: RelatedTests,
  { limitSeconds, expected = [] }: { limitSeconds: number; expected?: readonly string[] },
): Promise<TestRun> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const line = ['--disable-warning=ExperimentalWarning', reporter, file, String(testSeconds)]
  if (title !== undefined) line.push(title)
  const child = spawn(process.execPath, line, {
    cwd: path,
    env: { ...env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let isHanging = false
  const end = (): void => void endFamily(child.pid ?? 0)
  process.prependOnceListener('exit', end) // whoever ends this process ends its tests
  const timer = setTimeout(() => {
    isHanging = true
    end()
  }, limitSeconds * 1000)
  const [passed, failed]: [string[], string[]] = [[], []]
  for await (const text of createInterface({ input: child.stdout })) {
    if (!text.startsWith('{')) continue
    const { test, passes } = endedTest.parse(JSON.parse(text))
    if (test.endsWith(file)) continue // the file as a whole: it holds no test that runs, or does not load
    ;(passes ? passed : failed).push(test)
    if (!passes && expected.includes(test)) end()
  }
  clearTimeout(timer)
  process.off('exit', end)
  return { passed, failed, isHanging }
}
