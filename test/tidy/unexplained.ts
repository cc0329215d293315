import { packageOf, type SourceFile } from './source-files.ts'

/** Where every exported function says in a sentence what it does; the libraries say more, each in its own way. */
const explained = ['hub', 'node', 'cli']

/** Exported functions without a comment above them. */
export function unexplainedFunctions(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => explained.includes(packageOf(path)) && !path.includes('/testing/'))
    .flatMap(({ path, text }) => {
      const lines = text.split('\n')
      return lines.flatMap((line, index) => {
        const name = /^export (?:async )?function\*? (\w+)/.exec(line)?.[1]
        if (name === undefined || lines[index - 1]?.trimEnd().endsWith('*/')) return []
        return [`${path}:${index + 1}: ${name}`]
      })
    })
}
