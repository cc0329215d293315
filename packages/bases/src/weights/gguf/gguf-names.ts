import type { BaseConfig, BaseFamily } from '@consort/protocol'

/** What llama.cpp calls the parts of a layer (`gguf-py/gguf/constants.py`), by Hugging Face's names. */
const rotaryParts: Readonly<Record<string, string>> = {
  input_layernorm: 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  post_attention_layernorm: 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
}
const rotary = {
  'model.embed_tokens': 'token_embd',
  'model.norm': 'output_norm',
  lm_head: 'output',
}
const bertParts: Readonly<Record<string, string>> = {
  'attention.self.query': 'attn_q',
  'attention.self.key': 'attn_k',
  'attention.self.value': 'attn_v',
  'attention.output.dense': 'attn_output',
  'attention.output.LayerNorm': 'attn_output_norm',
  'intermediate.dense': 'ffn_up',
  'output.dense': 'ffn_down',
  'output.LayerNorm': 'layer_output_norm',
}
const bert = {
  'embeddings.word_embeddings': 'token_embd',
  'embeddings.position_embeddings': 'position_embd',
  'embeddings.token_type_embeddings': 'token_types',
  'embeddings.LayerNorm': 'token_embd_norm',
}

interface Names {
  readonly layer: RegExp
  readonly parts: Readonly<Record<string, string>>
  readonly others: Readonly<Record<string, string>>
}

const names: Readonly<Record<BaseFamily, Names | undefined>> = {
  bert: { layer: /^encoder\.layer\.(\d+)\.(.+)$/, parts: bertParts, others: bert },
  llama: { layer: /^model\.layers\.(\d+)\.(.+)$/, parts: rotaryParts, others: rotary },
  qwen2: { layer: /^model\.layers\.(\d+)\.(.+)$/, parts: rotaryParts, others: rotary },
  gpt2: undefined,
}

/** The name that a tensor has in a GGUF file; undefined where the family, or the tensor, is in none. */
export function ggufNameOf(family: BaseFamily, name: string): string | undefined {
  const known = names[family]
  const [, part = '', suffix = ''] = /^(.+)\.(weight|bias)$/.exec(name) ?? []
  const [, layer, inLayer = ''] = known?.layer.exec(part) ?? []
  if (layer === undefined) return known?.others[part] && `${known.others[part]}.${suffix}`
  return known?.parts[inLayer] && `blk.${layer}.${known.parts[inLayer]}.${suffix}`
}

/** Heads whose rows a GGUF file holds in pairs: those of Llama's q and k, and of no other family. */
export function pairedHeadsOf(config: BaseConfig, name: string): number | undefined {
  if (config.family !== 'llama') return undefined
  if (/\.q_proj\.(weight|bias)$/.test(name)) return config.heads
  if (/\.k_proj\.(weight|bias)$/.test(name)) return config.keyValueHeads
  return undefined
}
