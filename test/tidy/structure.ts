import { castsAtBoundaries } from './casts.ts'
import { circlesOf, importEdges } from './circles.ts'
import { contextSizes } from './contexts.ts'
import { namedFormats } from './format-kinds.ts'
import { comparedInputs } from './input-kinds.ts'
import { againstRoomOrder } from './node-rooms.ts'
import type { SourceFile } from './source-files.ts'
import { unexplainedFunctions } from './unexplained.ts'
import { unnamedFolders } from './unnamed-folders.ts'
import { wideComments } from './wide-comments.ts'

const contextFieldsMax = 10

/** What breaks each rule of structure, in words. */
export function structureFaults(files: readonly SourceFile[]) {
  const edges = importEdges(files)
  return {
    circles: circlesOf(edges),
    'imports against the order of the node’s rooms': againstRoomOrder(edges),
    'file formats named outside their folder': namedFormats(files),
    'kinds of input compared outside their folders': comparedInputs(files),
    'casts at boundaries': castsAtBoundaries(files),
    'contexts of more than 10 fields': contextSizes(files)
      .filter(({ fields }) => fields > contextFieldsMax)
      .map(({ name, fields }) => `${name} has ${fields} fields`),
    'comment lines of more than 120 letters': wideComments(files),
    'folders that their README does not name': unnamedFolders(),
    'exported functions without a sentence': unexplainedFunctions(files),
  } satisfies Record<string, readonly string[]>
}

/** The figures of structure that have no list of faults. */
export function structureFigures(files: readonly SourceFile[]) {
  const lines = files.map(({ text }) => text.split('\n').length).sort((a, b) => a - b)
  return {
    'fields of the largest context': contextSizes(files)[0]?.fields ?? 0,
    'lines of the median file': lines[Math.floor(lines.length / 2)] ?? 0,
  }
}
