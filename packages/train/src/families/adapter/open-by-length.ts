import { type OpenGraph, openGraph } from '../../executor/open-graph.ts'
import type { Graph } from '../../graph/graph.ts'
import { anyBatch, holdsBatch } from '../../training/training-graph.ts'

/** Graphs for texts of different padded lengths and any number of rows, each opened when it is first asked for. */
export function openByLength(threads: number, graphOf: (rows: number, length: number) => Graph) {
  const opened = new Map<number, Promise<OpenGraph>>()
  const open = async (length: number): Promise<OpenGraph> => {
    const graph = graphOf(anyBatch, length)
    if (graph.constants.some(holdsBatch))
      throw new TypeError('a part of the graph knows how many rows there are')
    const isOfRows = ({ shape }: { shape: readonly number[] }): boolean => shape[0] === anyBatch
    const inputs = graph.inputs.filter(isOfRows).map(({ name }) => name)
    const outputs = graph.outputs.filter(({ value }) => isOfRows(value)).map(({ name }) => name)
    return await openGraph(graph, threads, { batch: { symbol: 'N', inputs, outputs } })
  }
  return {
    of(length: number): Promise<OpenGraph> {
      const known = opened.get(length) ?? open(length)
      opened.set(length, known)
      return known
    },
    async close(): Promise<void> {
      for (const graph of opened.values()) await (await graph).close()
      opened.clear()
    },
  }
}
