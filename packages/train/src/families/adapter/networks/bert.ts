import type { BaseConfigOf } from '@consort/protocol'
import type { Value } from '../../../graph/graph.ts'
import { add } from '../../../ops/elementwise.ts'
import { gather, reshape, slice, transpose } from '../../../ops/movement.ts'
import { attention } from '../../../transformer/attention.ts'
import { activated } from '../../../transformer/gated.ts'
import { layerNorm, layerNormPlan } from './layer-norm.ts'
import type { LinearPlan, NetworkPlan, Parts, Tokens } from './network.ts'

type Config = BaseConfigOf<'bert'>

/** Where BertModel turns the first token into the vector of a text. */
export const bertPooler = 'pooler.dense'

/** BertModel (Devlin et al. 2019) with absolute positions; all tokens are of the first type. */
export function bert(config: Config): NetworkPlan {
  const { hidden, intermediate, layers } = config
  const norm = (name: string) => layerNormPlan(name, hidden)
  const linear = (name: string, inputs: number, outputs: number): LinearPlan => ({
    name,
    inputs,
    outputs,
    hasBias: true,
  })
  const table = (name: string, rows: number) => ({ name: `embeddings.${name}.weight`, shape: [rows, hidden] })
  const indices = Array.from({ length: layers }, (_, layer) => layer)
  return {
    linears: indices.flatMap(layer => [
      ...['query', 'key', 'value'].map(part => linear(`${at(layer)}.attention.self.${part}`, hidden, hidden)),
      linear(`${at(layer)}.attention.output.dense`, hidden, hidden),
      linear(`${at(layer)}.intermediate.dense`, hidden, intermediate),
      linear(`${at(layer)}.output.dense`, intermediate, hidden),
    ]),
    frozen: [
      table('word_embeddings', config.vocabulary),
      table('position_embeddings', config.positions),
      table('token_type_embeddings', config.tokenTypes),
      ...norm('embeddings.LayerNorm'),
      ...indices.flatMap(layer => [
        ...norm(`${at(layer)}.attention.output.LayerNorm`),
        ...norm(`${at(layer)}.output.LayerNorm`),
      ]),
    ],
    scores: null,
    prefix: 'bert.',
    looksAhead: true,
    head: { name: 'classifier', hasBias: true },
    forward: (parts, tokens) => forward(config, parts, tokens),
  }
}

const at = (layer: number): string => `encoder.layer.${layer}`

function forward(config: Config, { frozen, linear }: Parts, { ids, keep }: Tokens): Value {
  const [batch, length] = ids.shape as [number, number]
  const { hidden, heads, normEpsilon: epsilon } = config
  const norm = (input: Value, name: string): Value => layerNorm(input, name, { frozen, epsilon })
  const inHeads = (x: Value): Value =>
    transpose(reshape(x, [batch, length, heads, hidden / heads]), [0, 2, 1, 3])
  const firstOf = (name: string, count: number): Value =>
    slice(frozen(`embeddings.${name}.weight`), [{ axis: 0, start: 0, count }])

  const words = gather(frozen('embeddings.word_embeddings.weight'), ids)
  const places = add(firstOf('position_embeddings', length), firstOf('token_type_embeddings', 1))
  let x = norm(reshape(add(words, places), [batch * length, hidden]), 'embeddings.LayerNorm')
  const kept = keep()
  for (let layer = 0; layer < config.layers; layer++) {
    const self = (part: string): Value => inHeads(linear(x, `${at(layer)}.attention.self.${part}`))
    const [queries, keys, values] = [self('query'), self('key'), self('value')]
    const seen = attention({ queries, keys, values, keep: kept, isCausal: false })
    const merged = reshape(transpose(seen, [0, 2, 1, 3]), [batch * length, hidden])
    const looked = add(linear(merged, `${at(layer)}.attention.output.dense`), x)
    x = norm(looked, `${at(layer)}.attention.output.LayerNorm`)
    const inner = activated(config.activation, linear(x, `${at(layer)}.intermediate.dense`))
    x = norm(add(linear(inner, `${at(layer)}.output.dense`), x), `${at(layer)}.output.LayerNorm`)
  }
  return x
}
