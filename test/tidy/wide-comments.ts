import type { SourceFile } from './source-files.ts'

const widthMax = 120

/** Lines of comments that are wider than a page; the formatter sees to code, and to no comment. */
export function wideComments(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        line.length > widthMax && /^\s*(?:\/\/|\/?\*)/.test(line)
          ? [`${path}:${index + 1}: ${line.length} letters`]
          : [],
      ),
  )
}
