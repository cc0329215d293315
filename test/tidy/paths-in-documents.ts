import { existsSync, globSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A code span that a document uses as a path of the repository. */
export interface NamedPath {
  readonly text: string
  /** Counted from 1. */
  readonly line: number
}

/**
 * Returns the code spans of a document that look like paths of the repository: they end as source files do, or begin
 * with a folder of the root or with the name of a package. Fenced code and placeholders in capitals (`NAME.ts`) are
 * passed over.
 */
export function pathsIn(markdown: string): NamedPath[] {
  let isFenced = false
  return markdown.split('\n').flatMap((text, index) => {
    if (text.startsWith('```')) isFenced = !isFenced
    if (isFenced) return []
    const spans = [...text.matchAll(/`([\w.-]+(?:\/[\w.-]+)*\/?)`/g)].map(match => match[1]!)
    return spans.filter(looksLikePath).map(span => ({ text: span, line: index + 1 }))
  })
}

/**
 * Returns true when `path`, as `document` names it, exists: from the root, from the folder of the document, or as a
 * package's name followed by what lies in its `src` (`agents/gate` is `packages/agents/src/gate`).
 */
export function isInTree(path: string, document: string): boolean {
  const [room, ...rest] = path.split('/')
  return [path, join(dirname(document), path), join('packages', room!, 'src', ...rest)].some(candidate =>
    existsSync(candidate),
  )
}

const roots = new Set(['.ci', 'bench', 'docs', 'examples', 'packages', 'test'])
/** Packages, and names that packages once had: a path that begins with one of these has moved. */
const rooms = new Set([...globSync('packages/*/package.json').map(path => path.split('/')[1]!), 'partner'])

function looksLikePath(span: string): boolean {
  if (/(^|\/)[A-Z]{2,}\b/.test(span)) return false
  if (/\.(ts|tsx|mjs|py)$/.test(span)) return true
  const [first, ...rest] = span.split('/')
  return rest.length > 0 && (roots.has(first!) || rooms.has(first!))
}
