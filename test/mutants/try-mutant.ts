import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TreeCopy } from './copy-tree.ts'
import { applyEdit, type Mutant, type RelatedTests } from './mutant.ts'
import { runTests, type TestRun } from './run-tests.ts'

/** What became of an edit. */
export type Verdict =
  | { readonly kind: 'noticed'; readonly by: string }
  | { readonly kind: 'not-noticed' }
  | { readonly kind: 'does-not-apply' }
  /** Its tests fail without it, or there are none. */
  | { readonly kind: 'no-tests'; readonly why: string }

/** Tries an edit, and leaves the tree as it was. */
export type TryMutant = (mutant: Mutant) => Promise<Verdict>

/**
 * Makes what tries edits in a copy of the tree. An edit is noticed when a test fails, or never ends, that passes
 * without it; a file that no longer loads is no notice. How tests do without an edit is found out once.
 */
export function createTryMutant(
  tree: Pick<TreeCopy, 'path' | 'temporary'>,
  { limitSeconds }: { limitSeconds: number },
): TryMutant {
  const before = new Map<string, Promise<TestRun>>()
  const withoutEdit = (related: RelatedTests): Promise<TestRun> => {
    const key = `${related.file} ${related.title}`
    const known = before.get(key) ?? runTests(tree, related, { limitSeconds })
    before.set(key, known)
    return known
  }
  return async mutant => {
    const path = join(tree.path, mutant.file)
    const text = readFileSync(path, 'utf8')
    const edited = applyEdit(text, mutant)
    if (edited === undefined) return { kind: 'does-not-apply' }
    for (const related of mutant.tests) {
      const plain = await withoutEdit(related)
      const why = faultOf(plain)
      if (why) return { kind: 'no-tests', why: `${related.file}: ${why}` }
      writeFileSync(path, edited)
      const expected = plain.passed
      const run = await runTests(tree, related, { limitSeconds, expected }).finally(() =>
        writeFileSync(path, text),
      )
      const by = run.failed.find(title => expected.includes(title))
      if (by !== undefined) return { kind: 'noticed', by: `${related.file}: ${by}` }
      if (run.isHanging) return { kind: 'noticed', by: `${related.file}: does not end` }
    }
    return { kind: 'not-noticed' }
  }
}

function faultOf({ passed, failed, isHanging }: TestRun): string | undefined {
  if (isHanging) return 'takes too long without the edit'
  if (failed.length > 0) return `fails without the edit: ${failed[0]}`
  return passed.length === 0 ? 'no test runs' : undefined
}
