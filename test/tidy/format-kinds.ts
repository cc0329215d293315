import type { SourceFile } from './source-files.ts'

const home = 'packages/data/src/formats/'

/** The kinds of sources: each format has a folder of its kind's name. */
export function formatKinds(files: readonly SourceFile[]): string[] {
  const folders = files
    .filter(({ path }) => path.startsWith(home))
    .map(({ path }) => path.slice(home.length).split('/'))
    .flatMap(([folder, file]) => (file === undefined ? [] : [folder!]))
  return [...new Set(folders)]
}

/** Lines outside the formats' own folder that name a kind: what depends on a format is the format's to say. */
export function namedFormats(files: readonly SourceFile[]): string[] {
  const kind = new RegExp(`(['"\`])(?:${formatKinds(files).join('|')})\\1`)
  return files
    .filter(({ path }) => !path.startsWith(home))
    .flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, index) => (kind.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
    )
}
