import { dirname, normalize } from 'node:path'
import type { SourceFile } from './source-files.ts'

/** A file and one that it imports, within a package. */
export type ImportEdge = readonly [from: string, to: string]

/** All relative imports between these files, of types too. */
export function importEdges(files: readonly SourceFile[]): ImportEdge[] {
  const known = new Set(files.map(({ path }) => path))
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)]
      .map(([, target]): ImportEdge => [path, normalize(`${dirname(path)}/${target}`)])
      .filter(([, to]) => known.has(to)),
  )
}

/**
 * Circles among the entries of each folder, its files and subfolders as units: an import counts in the folder where the
 * ways to both files part. A circle of files within one folder is one of these; so is one of folders whose files are in
 * no circle.
 */
export function circlesOf(edges: readonly ImportEdge[]): string[] {
  const folders = new Map<string, Map<string, Set<string>>>()
  for (const [from, to] of edges) {
    const [a, b] = [from.split('/'), to.split('/')]
    const parting = a.findIndex((part, index) => part !== b[index])
    if (parting < 0) continue // a file that imports itself has no parting
    const folder = a.slice(0, parting).join('/')
    const graph = folders.get(folder) ?? new Map<string, Set<string>>()
    folders.set(folder, graph)
    const next = graph.get(a[parting]!) ?? new Set<string>()
    graph.set(a[parting]!, next.add(b[parting]!))
  }
  return [...folders].flatMap(([folder, graph]) =>
    knotsOf(graph).map(knot => `${folder}: ${knot.sort().join(', ')}`),
  )
}

/** The strongly connected components of more than one node (Tarjan 1972). */
function knotsOf(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const order = new Map<string, number>()
  const stack: string[] = []
  const knots: string[][] = []
  const visit = (node: string): number => {
    let low = order.size
    order.set(node, low)
    stack.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next))
      else if (stack.includes(next)) low = Math.min(low, order.get(next)!)
    }
    if (low === order.get(node)) {
      const knot = stack.splice(stack.indexOf(node))
      if (knot.length > 1) knots.push(knot)
    }
    return low
  }
  for (const node of graph.keys()) if (!order.has(node)) visit(node)
  return knots
}
