import { plainCode } from './plain-code.ts'
import { packageOf, type SourceFile } from './source-files.ts'

/** Where trust is decided: what comes from outside or from a database is read by a schema there. */
const boundaries = ['bases', 'hub', 'node', 'review', 'serving', 'storage']

/** The one place where the brand of a JSON text is made. */
const adapter = 'packages/storage/src/database/json-column.ts'

const named = /^(?:import|export)\s+(?:type\s+)?(?:\w+\s*,\s*)?(?:\{[^}]*\}|\*\s+as\s+\w+)/gm
const cast = /(?<![.\w$])as\s+(?!const\b)[\w({['"`<]|\bz\.custom\b|:\s*[\w<>[\]{}, |]+=\s*JSON\.parse\(/

/**
 * Lines at a boundary with a type assertion (`as const` and renamed imports are none), `z.custom`, or JSON taken at its
 * word.
 */
export function castsAtBoundaries(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => boundaries.includes(packageOf(path)) && path !== adapter)
    .flatMap(({ path, text }) =>
      plainCode(text)
        .replace(named, piece => piece.replace(/[^\n]/g, ' '))
        .split('\n')
        .flatMap((line, index) =>
          cast.test(line) ? [`${path}:${index + 1}: ${text.split('\n')[index]!.trim()}`] : [],
        ),
    )
}
