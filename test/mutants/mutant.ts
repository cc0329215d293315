/** One edit that breaks a promise of the product, and the tests that have to notice it. */
export interface Mutant {
  /** As `npm run mutants -- ID` names it. */
  readonly id: string
  /** One sentence: what no longer holds once the edit is made. */
  readonly breaks: string
  /** From the root of the tree. */
  readonly file: string
  /** Stands exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** Those of which at least one has to fail. */
  readonly tests: readonly RelatedTests[]
}

/** A test file, or one test of it. */
export interface RelatedTests {
  readonly file: string
  /** The test's title, or a part of it that no other title has, as it stands in the file; all tests without it. */
  readonly title?: string
}

/** The text with the edit made; undefined where what is to be edited does not stand there exactly once. */
export function applyEdit(
  text: string,
  { find, replace }: Pick<Mutant, 'find' | 'replace'>,
): string | undefined {
  const parts = text.split(find)
  return parts.length === 2 ? parts.join(replace) : undefined
}
