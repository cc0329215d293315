import type { BaseConfig } from '@consort/protocol'
import type { Value } from '../../../graph/graph.ts'
import { add } from '../../../ops/elementwise.ts'
import { gather, reshape, transpose } from '../../../ops/movement.ts'
import { attention } from '../../../transformer/attention.ts'
import { swiglu } from '../../../transformer/gated.ts'
import { rmsNorm } from '../../../transformer/rms-norm.ts'
import { rotaryTables, rotated } from '../../../transformer/rotary.ts'
import type { LinearPlan, NetworkPlan, Parts, Tokens } from './network.ts'
import { unfitAdapter } from './unfit-adapter.ts'

/** Of the families with rotary positions, which are those that write texts here. */
export type RotaryConfig = Extract<BaseConfig, { rope: unknown }>

const embeddings = 'model.embed_tokens.weight'

/** LlamaForCausalLM (Touvron et al. 2023), and Qwen2's, which has other biases. */
export function llama(config: RotaryConfig): NetworkPlan {
  if (config.activation !== 'silu')
    throw unfitAdapter('model.base.config.activation', `${config.family} is computed here with silu only`)
  const { hidden, vocabulary, tiedEmbeddings } = config
  const table = (name: string) => ({ name, shape: [vocabulary, hidden] })
  return {
    linears: Array.from({ length: config.layers }, (_, layer) => linearsOf(config, layer)).flat(),
    frozen: [
      table(embeddings),
      ...Array.from({ length: config.layers }, (_, layer) => [
        { name: `${at(layer)}.input_layernorm.weight`, shape: [hidden] },
        { name: `${at(layer)}.post_attention_layernorm.weight`, shape: [hidden] },
      ]).flat(),
      { name: 'model.norm.weight', shape: [hidden] },
    ],
    scores: tiedEmbeddings ? embeddings : 'lm_head.weight',
    prefix: '',
    looksAhead: false,
    head: { name: 'score', hasBias: false },
    forward: (parts, tokens) => forward(config, parts, tokens),
  }
}

const at = (layer: number): string => `model.layers.${layer}`

function linearsOf(config: RotaryConfig, layer: number): LinearPlan[] {
  const { hidden, intermediate, headSize } = config
  const [queries, keys] = [config.heads * headSize, config.keyValueHeads * headSize]
  const isQwen = config.family === 'qwen2'
  const [inAttention, inFeedForward] = isQwen ? [true, false] : [config.attentionBias, config.feedForwardBias]
  const linear = (part: string, inputs: number, outputs: number, hasBias: boolean): LinearPlan => ({
    name: `${at(layer)}.${part}`,
    inputs,
    outputs,
    hasBias,
  })
  return [
    linear('self_attn.q_proj', hidden, queries, inAttention),
    linear('self_attn.k_proj', hidden, keys, inAttention),
    linear('self_attn.v_proj', hidden, keys, inAttention),
    linear('self_attn.o_proj', queries, hidden, inAttention && !isQwen),
    linear('mlp.gate_proj', hidden, intermediate, inFeedForward),
    linear('mlp.up_proj', hidden, intermediate, inFeedForward),
    linear('mlp.down_proj', intermediate, hidden, inFeedForward),
  ]
}

function forward(config: RotaryConfig, { frozen, linear }: Parts, tokens: Tokens): Value {
  const { ids, attend = (_, heads) => attention({ ...heads, isCausal: true }) } = tokens
  const [batch, length] = ids.shape as [number, number]
  const { hidden, headSize, rope } = config
  const tables = tokens.tables ?? rotaryTables(ids.graph, { count: length, width: headSize, rope })
  const norm = (x: Value, name: string): Value => rmsNorm(x, frozen(`${name}.weight`), config.normEpsilon)
  const inHeads = (x: Value, heads: number): Value => reshape(x, [batch, length, heads, headSize])
  const byHead = (x: Value): Value => transpose(x, [0, 2, 1, 3])

  let x = reshape(gather(frozen(embeddings), ids), [batch * length, hidden])
  for (let layer = 0; layer < config.layers; layer++) {
    const own = norm(x, `${at(layer)}.input_layernorm`)
    const self = (part: string, heads: number): Value =>
      inHeads(linear(own, `${at(layer)}.self_attn.${part}_proj`), heads)
    const seen = attend(layer, {
      queries: byHead(rotated(self('q', config.heads), tables)),
      keys: byHead(rotated(self('k', config.keyValueHeads), tables)),
      values: byHead(self('v', config.keyValueHeads)),
    })
    const merged = reshape(byHead(seen), [batch * length, config.heads * headSize])
    x = add(x, linear(merged, `${at(layer)}.self_attn.o_proj`))
    const next = norm(x, `${at(layer)}.post_attention_layernorm`)
    const inner = (part: string): Value => linear(next, `${at(layer)}.mlp.${part}_proj`)
    x = add(x, linear(swiglu(inner('gate'), inner('up')), `${at(layer)}.mlp.down_proj`))
  }
  return norm(x, 'model.norm')
}
