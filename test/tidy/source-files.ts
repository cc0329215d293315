import { globSync, readFileSync } from 'node:fs'

/** One file of the product: no test, and nothing that only tests load. */
export interface SourceFile {
  /** From the root, e.g. `packages/hub/src/hub.ts`. */
  readonly path: string
  readonly text: string
}

/** The product's files, console and all. */
export function sourceFiles(): SourceFile[] {
  return globSync('packages/*/src/**/*.{ts,tsx}', { exclude: path => path.includes('node_modules') })
    .filter(path => !path.includes('.test.') && !path.includes('/testing/'))
    .map(path => ({ path, text: readFileSync(path, 'utf8') }))
}

/** The package of a file. */
export function packageOf(path: string): string {
  return path.split('/')[1]!
}
