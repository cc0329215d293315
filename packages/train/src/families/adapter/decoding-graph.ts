import { type FrozenTensors, Graph, type Value } from '../../graph/graph.ts'
import { add, mul, softmax } from '../../ops/elementwise.ts'
import { gemm, matmul, transposeMatrix } from '../../ops/linear.ts'
import { concat, reshape, slice, transpose } from '../../ops/movement.ts'
import { anyBatch } from '../../training/training-graph.ts'
import { causalMask } from '../../transformer/attention.ts'
import { createParts } from './adapter-parts.ts'
import type { AdapterPlan } from './adapter-plan.ts'
import type { Heads } from './networks/network.ts'

/** What decoding is fed and fetches, beside the adapter's parameters. */
export const decodingNames = {
  ids: 'ids',
  /** [T, 1, d]: of the new tokens' places. */
  cosine: 'cosine',
  sine: 'sine',
  /** [1, vocabulary]: of what follows the last of the new tokens. */
  scores: 'scores',
  /** [P, 1]: added to the scores of the P places before. ONNX Runtime ends the process where P is 0: one is empty. */
  empty: 'empty',
  /** [P, groups, d]: of the P places before, any number. */
  before: (layer: number, part: 'keys' | 'values') => `before.${layer}.${part}`,
  /** [T, groups, d]: of the new tokens. */
  made: (layer: number, part: 'keys' | 'values') => `made.${layer}.${part}`,
} as const

/**
 * The scores of the token that follows `count` new ones, given the keys and values of all tokens before, so that
 * nothing is computed twice. Returns the graph with the names of the inputs whose first dimension is open.
 */
export function decodingGraph(
  plan: AdapterPlan,
  base: FrozenTensors,
  count: number,
): { graph: Graph; open: string[] } {
  const { config } = plan.spec.base
  if (!('rope' in config)) throw new TypeError(`a ${config.family} is not decoded here`)
  const { headSize, keyValueHeads: groups } = config
  const graph = new Graph()
  const parts = createParts(plan, base, graph)
  const ids = graph.input(decodingNames.ids, [1, count], 'int64')
  const table = (name: string): Value => graph.input(name, [count, 1, headSize])
  const open: string[] = [decodingNames.empty]
  const empty = transpose(graph.input(decodingNames.empty, [anyBatch, 1]), [1, 0])

  const attend = (layer: number, { queries, keys, values }: Heads): Value => {
    const before = (part: 'keys' | 'values'): Value => {
      const name = decodingNames.before(layer, part)
      open.push(name)
      return graph.input(name, [anyBatch, groups, headSize])
    }
    // [1, groups, T, d] as it is kept: [T, groups, d]
    const kept = (x: Value): Value => reshape(transpose(x, [2, 0, 1, 3]), [count, groups, headSize])
    const [newKeys, newValues] = [kept(keys), kept(values)]
    graph.output(decodingNames.made(layer, 'keys'), newKeys)
    graph.output(decodingNames.made(layer, 'values'), newValues)
    const byGroup = (x: Value): Value => transpose(x, [1, 0, 2])
    const rows = mul(queries, 1 / Math.sqrt(headSize))
    const each = config.heads / groups
    const inGroups = reshape(rows, [groups, each * count, headSize])
    const scores = (of: Value): Value => matmul(inGroups, transposeMatrix(byGroup(of)))
    const mask = graph.constant(causalMask({ start: 0, count, seen: count }, each), [each * count, count])
    const shares = softmax(concat([add(scores(before('keys')), empty), add(scores(newKeys), mask)], 2))
    const seen = byGroup(concat([before('values'), newValues], 0))
    return reshape(matmul(shares, seen), [1, config.heads, count, headSize])
  }
  const tables = { cosine: table(decodingNames.cosine), sine: table(decodingNames.sine) }
  const keep = (): Value => {
    throw new TypeError('a decoder looks back only')
  }
  const hidden = plan.network.forward(parts, { ids, keep, attend, tables })
  const last = slice(hidden, [{ axis: 0, start: count - 1, count: 1 }])
  graph.output(decodingNames.scores, gemm(last, parts.frozen(plan.network.scores!), { transB: true }))
  return { graph, open }
}
