import type { BaseConfig, BaseConfigOf, BaseFamily } from '@consort/protocol'

/** A tensor that a base of some config has. */
export interface LayoutTensor {
  readonly name: string
  readonly shape: readonly number[]
  /** Some files leave it out: a pooler, an output layer where only vectors are wanted. */
  readonly isOptional?: true
}

/**
 * The tensors of a base, by its config alone, in the order in which they are used. Names are those of Hugging Face's
 * `BertModel`, `GPT2Model`, `LlamaForCausalLM` and `Qwen2ForCausalLM`; linear layers are [out, in], but those of gpt2
 * [in, out] (its `Conv1D`).
 */
export function layoutOfBase(config: BaseConfig): LayoutTensor[] {
  switch (config.family) {
    case 'bert':
      return bertLayout(config)
    case 'gpt2':
      return gpt2Layout(config)
    default:
      return rotaryLayout(config)
  }
}

/** Tensors inside these are used by the arithmetic: one that the layout does not have makes it another model. */
export const insideOf: Readonly<Record<BaseFamily, RegExp>> = {
  bert: /^(embeddings|encoder)\./,
  gpt2: /^(wte|wpe|h|ln_f)\./,
  llama: /^model\./,
  qwen2: /^model\./,
}

/** Tables that older files keep beside the weights, although they follow from the config. */
export const isDerived = (name: string): boolean =>
  /(^|\.)(position_ids|rotary_emb\.inv_freq|attn\.(masked_)?bias)$/.test(name)

const layers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

const withBias = (name: string, shape: readonly number[], out: number): LayoutTensor[] => [
  { name: `${name}.weight`, shape },
  { name: `${name}.bias`, shape: [out] },
]

function bertLayout({ hidden, intermediate, ...config }: BaseConfigOf<'bert'>): LayoutTensor[] {
  const linear = (name: string, out: number, into: number) => withBias(name, [out, into], out)
  const norm = (name: string) => withBias(name, [hidden], hidden)
  const table = (name: string, rows: number) => ({ name: `embeddings.${name}.weight`, shape: [rows, hidden] })
  return [
    table('word_embeddings', config.vocabulary),
    table('position_embeddings', config.positions),
    table('token_type_embeddings', config.tokenTypes),
    ...norm('embeddings.LayerNorm'),
    ...layers(config.layers).flatMap(layer => {
      const at = `encoder.layer.${layer}`
      return [
        ...['query', 'key', 'value'].flatMap(name => linear(`${at}.attention.self.${name}`, hidden, hidden)),
        ...linear(`${at}.attention.output.dense`, hidden, hidden),
        ...norm(`${at}.attention.output.LayerNorm`),
        ...linear(`${at}.intermediate.dense`, intermediate, hidden),
        ...linear(`${at}.output.dense`, hidden, intermediate),
        ...norm(`${at}.output.LayerNorm`),
      ]
    }),
    ...linear('pooler.dense', hidden, hidden).map(tensor => ({ ...tensor, isOptional: true as const })),
  ]
}

function gpt2Layout({ hidden, intermediate, ...config }: BaseConfigOf<'gpt2'>): LayoutTensor[] {
  const linear = (name: string, into: number, out: number) => withBias(name, [into, out], out)
  const norm = (name: string) => withBias(name, [hidden], hidden)
  return [
    { name: 'wte.weight', shape: [config.vocabulary, hidden] },
    { name: 'wpe.weight', shape: [config.positions, hidden] },
    ...layers(config.layers).flatMap(layer => [
      ...norm(`h.${layer}.ln_1`),
      ...linear(`h.${layer}.attn.c_attn`, hidden, 3 * hidden),
      ...linear(`h.${layer}.attn.c_proj`, hidden, hidden),
      ...norm(`h.${layer}.ln_2`),
      ...linear(`h.${layer}.mlp.c_fc`, hidden, intermediate),
      ...linear(`h.${layer}.mlp.c_proj`, intermediate, hidden),
    ]),
    ...norm('ln_f'),
  ]
}

function rotaryLayout(config: BaseConfigOf<'llama' | 'qwen2'>): LayoutTensor[] {
  const { hidden, intermediate, vocabulary } = config
  const queries = config.heads * config.headSize
  const keys = config.keyValueHeads * config.headSize
  const isQwen = config.family === 'qwen2'
  const linear = (name: string, out: number, into: number, hasBias: boolean) =>
    withBias(name, [out, into], out).slice(0, hasBias ? 2 : 1)
  const attentionBias = isQwen || config.attentionBias
  const feedForwardBias = !isQwen && config.feedForwardBias
  return [
    { name: 'model.embed_tokens.weight', shape: [vocabulary, hidden] },
    ...layers(config.layers).flatMap(layer => {
      const at = `model.layers.${layer}`
      return [
        { name: `${at}.input_layernorm.weight`, shape: [hidden] },
        ...linear(`${at}.self_attn.q_proj`, queries, hidden, attentionBias),
        ...linear(`${at}.self_attn.k_proj`, keys, hidden, attentionBias),
        ...linear(`${at}.self_attn.v_proj`, keys, hidden, attentionBias),
        ...linear(`${at}.self_attn.o_proj`, hidden, queries, attentionBias && !isQwen),
        { name: `${at}.post_attention_layernorm.weight`, shape: [hidden] },
        ...linear(`${at}.mlp.gate_proj`, intermediate, hidden, feedForwardBias),
        ...linear(`${at}.mlp.up_proj`, intermediate, hidden, feedForwardBias),
        ...linear(`${at}.mlp.down_proj`, hidden, intermediate, feedForwardBias),
      ]
    }),
    { name: 'model.norm.weight', shape: [hidden] },
    ...(config.tiedEmbeddings
      ? []
      : [{ name: 'lm_head.weight', shape: [vocabulary, hidden], isOptional: true as const }]),
  ]
}
