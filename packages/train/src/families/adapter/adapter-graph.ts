import type { LossKind } from '@consort/protocol'
import { gradients } from '../../autodiff/gradients.ts'
import { type FrozenTensors, Graph, type Value } from '../../graph/graph.ts'
import { tanh } from '../../ops/elementwise.ts'
import { gemm, matmul } from '../../ops/linear.ts'
import { reshape } from '../../ops/movement.ts'
import { lossValue } from '../../training/losses.ts'
import { showGradients, stepNames } from '../../training/training-graph.ts'
import { tokenLoss } from '../../transformer/token-loss.ts'
import { type AdapterParts, createParts } from './adapter-parts.ts'
import type { AdapterPlan } from './adapter-plan.ts'
import { bertPooler } from './networks/bert.ts'

/** What a graph over tokens is fed, beside what a training step is fed anyway. */
export const tokenNames = {
  /** [B, T] int64 */
  ids: 'ids',
  /** [B, T]: 1 for tokens, 0 for padding. */
  keep: 'keep',
  /** [B, T]: how much of a text's vector each token makes. */
  pool: 'pool',
} as const

/** Of a batch: rows, and the places of each row. */
export interface TokenShape {
  readonly rows: number
  readonly length: number
}

/** Scores [B, outputs] of a classifier, or the vectors `embedding` [B, hidden] of texts. */
export function pooledGraph(plan: AdapterPlan, base: FrozenTensors, shape: TokenShape): Graph {
  const built = build(plan, base, shape)
  const pooled = pooledOf(plan, built, shape)
  if (plan.head) built.graph.output('scores', scoresOf(plan, built, pooled))
  else built.graph.output('embedding', pooled)
  return built.graph
}

export interface LossOptions {
  readonly loss: LossKind
  readonly smoothing: number
  /** As `TokenLoss` has it, where tokens are learnt one by one. */
  readonly placesMax: number
}

/** Loss and gradients of one step. Weights are 1/n for each of n examples, or of n tokens that are to be learnt. */
export function adapterTrainingGraph(
  plan: AdapterPlan,
  base: FrozenTensors,
  { rows, length, ...options }: TokenShape & LossOptions,
): Graph {
  const built = build(plan, base, { rows, length })
  const { graph, parts } = built
  const lossOf = plan.pooling === null ? nextTokenLoss : classifierLoss
  const total = lossOf(plan, built, { rows, length, ...options })
  graph.output(stepNames.loss, total)
  showGradients(plan, graph, gradients(total, [...parts.parameters.values()]))
  return graph
}

interface Built {
  readonly graph: Graph
  readonly parts: AdapterParts
  /** [B·T, hidden] */
  readonly hidden: Value
}

function build(plan: AdapterPlan, base: FrozenTensors, { rows, length }: TokenShape): Built {
  const graph = new Graph()
  const parts = createParts(plan, base, graph)
  const ids = graph.input(tokenNames.ids, [rows, length], 'int64')
  const keep = (): Value => graph.input(tokenNames.keep, [rows, length])
  return { graph, parts, hidden: plan.network.forward(parts, { ids, keep }) }
}

/** [B, hidden]: each text's tokens, weighed. */
function pooledOf(plan: AdapterPlan, { graph, parts, hidden }: Built, { rows, length }: TokenShape): Value {
  const width = hidden.shape[1]!
  const pool = graph.input(tokenNames.pool, [rows, length])
  const sum = matmul(reshape(pool, [rows, 1, length]), reshape(hidden, [rows, length, width]))
  const pooled = reshape(sum, [rows, width])
  return plan.pooling === 'first' ? tanh(parts.linear(pooled, bertPooler)) : pooled
}

function scoresOf({ head }: AdapterPlan, { parts }: Built, pooled: Value): Value {
  const { weight, bias } = head!
  const options = bias === undefined ? {} : { bias: parts.parameters.get(bias)! }
  return gemm(pooled, parts.parameters.get(weight)!, { transB: true, ...options })
}

function classifierLoss(plan: AdapterPlan, built: Built, of: TokenShape & LossOptions): Value {
  const scores = scoresOf(plan, built, pooledOf(plan, built, of))
  const labels = built.graph.input(stepNames.labels, [of.rows, 1], 'int32')
  const weights = built.graph.input(stepNames.weights, [of.rows, 1])
  return lossValue(of.loss, { scores, labels, weights, smoothing: of.smoothing })
}

function nextTokenLoss(
  { network }: AdapterPlan,
  { graph, parts, hidden }: Built,
  { rows, length, smoothing, placesMax }: TokenShape & LossOptions,
): Value {
  const labels = graph.input(stepNames.labels, [rows, length], 'int64')
  const weights = graph.input(stepNames.weights, [rows, length, 1])
  const byRow = reshape(hidden, [rows, length, hidden.shape[1]!])
  const table = parts.frozen(network.scores!)
  return tokenLoss({ hidden: byRow, table, labels, weights, smoothing, placesMax })
}
