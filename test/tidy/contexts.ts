import { plainCode } from './plain-code.ts'
import type { SourceFile } from './source-files.ts'

/** One interface whose name ends in `Context`, and how many fields it has, those that it extends included. */
export interface ContextSize {
  readonly name: string
  readonly fields: number
}

const declared = /^(?:export )?interface (\w*Context)\b(?:\s+extends\s+([^{]+))?\s*\{([\s\S]*?)^\}/gm
const field = /^ {2}(?:readonly )?\w+\??\s*[:(<]/gm

/** The contexts of the product, the largest first. Fields that come by `extends` of another context count. */
export function contextSizes(files: readonly SourceFile[]): ContextSize[] {
  const found = files.flatMap(({ path, text }) =>
    [...plainCode(text).matchAll(declared)].map(([, name, parents = '', body]) => ({
      path,
      name: name!,
      parents: [...parents.replace(/<[^>]*>/g, '').matchAll(/\b\w*Context\b/g)].map(([parent]) => parent),
      own: body!.match(field)?.length ?? 0,
    })),
  )
  const fieldsOf = (name: string): number => {
    const context = found.find(one => one.name === name)
    return context ? context.own + context.parents.reduce((sum, parent) => sum + fieldsOf(parent), 0) : 0
  }
  return found
    .map(({ path, name }) => ({ name: `${path}: ${name}`, fields: fieldsOf(name) }))
    .sort((a, b) => b.fields - a.fields)
}
