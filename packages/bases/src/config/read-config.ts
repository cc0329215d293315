import { type BaseConfig, type BaseFamily, baseConfigSchema } from '@consort/protocol'
import { z } from 'zod'
import { configRefusal } from './config-refusal.ts'
import { readRope } from './read-rope.ts'

const count = z.number()
const flag = z.boolean().nullish()

/** The members of Hugging Face's `config.json` that decide shapes or arithmetic. Others are passed over. */
const fileSchema = z.looseObject({
  model_type: z.string(),
  vocab_size: count,
  hidden_size: count.optional(),
  n_embd: count.optional(),
  num_hidden_layers: count.optional(),
  n_layer: count.optional(),
  num_attention_heads: count.optional(),
  n_head: count.optional(),
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  intermediate_size: count.optional(),
  n_inner: count.nullish(),
  max_position_embeddings: count.optional(),
  n_positions: count.optional(),
  type_vocab_size: count.optional(),
  layer_norm_eps: count.optional(),
  layer_norm_epsilon: count.optional(),
  rms_norm_eps: count.optional(),
  hidden_act: z.string().optional(),
  activation_function: z.string().optional(),
  attention_bias: flag,
  mlp_bias: flag,
  tie_word_embeddings: flag,
  position_embedding_type: z.string().nullish(),
  is_decoder: flag,
  add_cross_attention: flag,
  use_sliding_window: flag,
  scale_attn_weights: flag,
  scale_attn_by_inverse_layer_idx: flag,
  partial_rotary_factor: z.number().nullish(),
  quantization_config: z.unknown().optional(),
})
type ConfigFile = z.infer<typeof fileSchema>

/**
 * Reads what a `config.json` says of shapes and arithmetic. Throws `weights-invalid` for another family, for a setting
 * that changes the arithmetic in a way that is not built here, and for sizes that cannot be.
 */
export function readConfig(json: unknown): BaseConfig {
  const parsed = fileSchema.safeParse(json)
  if (!parsed.success) throw configRefusal(wordsOf(parsed.error))
  const file = parsed.data
  const family = familyOf(file)
  refuseOtherArithmetic(file)
  const config = baseConfigSchema.safeParse(readers[family](file))
  if (!config.success) throw configRefusal(wordsOf(config.error))
  return config.data
}

const readers: Readonly<Record<BaseFamily, (file: ConfigFile) => unknown>> = {
  bert: file => ({
    family: 'bert',
    ...sizesOf(file),
    normEpsilon: file.layer_norm_eps ?? 1e-12,
    activation: activationOf(file.hidden_act ?? 'gelu'),
    tokenTypes: file.type_vocab_size ?? 2,
  }),
  gpt2: file => ({
    family: 'gpt2',
    vocabulary: file.vocab_size,
    hidden: file.n_embd,
    layers: file.n_layer,
    heads: file.n_head,
    intermediate: file.n_inner ?? 4 * (file.n_embd ?? 0),
    positions: file.n_positions,
    normEpsilon: file.layer_norm_epsilon ?? 1e-5,
    activation: activationOf(file.activation_function ?? 'gelu_new'),
    tiedEmbeddings: file.tie_word_embeddings ?? true,
  }),
  llama: file => ({
    family: 'llama',
    ...rotaryOf(file),
    tiedEmbeddings: file.tie_word_embeddings ?? false,
    attentionBias: file.attention_bias ?? false,
    feedForwardBias: file.mlp_bias ?? false,
  }),
  qwen2: file => ({
    family: 'qwen2',
    ...rotaryOf(file),
    tiedEmbeddings: file.tie_word_embeddings ?? false,
  }),
}

function sizesOf(file: ConfigFile) {
  return {
    vocabulary: file.vocab_size,
    hidden: file.hidden_size,
    layers: file.num_hidden_layers,
    heads: file.num_attention_heads,
    intermediate: file.intermediate_size,
    positions: file.max_position_embeddings,
  }
}

function rotaryOf(file: ConfigFile) {
  const heads = file.num_attention_heads ?? 1
  return {
    ...sizesOf(file),
    normEpsilon: file.rms_norm_eps ?? 1e-6,
    activation: activationOf(file.hidden_act ?? 'silu'),
    keyValueHeads: file.num_key_value_heads ?? heads,
    headSize: file.head_dim ?? (file.hidden_size ?? 0) / heads,
    rope: readRope(file),
  }
}

function familyOf({ model_type: type }: ConfigFile): BaseFamily {
  if (type === 'bert' || type === 'gpt2' || type === 'llama' || type === 'qwen2') return type
  throw configRefusal(`its model_type is ${type}`, 'Bases are of the families bert, llama, qwen2 and gpt2.')
}

const activations = new Map<string, BaseConfig['activation']>([
  ['gelu', 'gelu'],
  ['gelu_new', 'gelu-tanh'],
  ['gelu_pytorch_tanh', 'gelu-tanh'],
  ['relu', 'relu'],
  ['silu', 'silu'],
  ['swish', 'silu'],
])

function activationOf(name: string): BaseConfig['activation'] {
  const found = activations.get(name)
  if (found) return found
  throw configRefusal(`its activation is ${name}`, `Known are ${[...activations.keys()].join(', ')}.`)
}

/** Settings under which equal weights compute something else than what is built here. */
function refuseOtherArithmetic(file: ConfigFile): void {
  const others: readonly (readonly [name: string, isOther: boolean])[] = [
    ['position_embedding_type', (file.position_embedding_type ?? 'absolute') !== 'absolute'],
    ['is_decoder', file.model_type === 'bert' && file.is_decoder === true],
    ['add_cross_attention', file.add_cross_attention === true],
    ['use_sliding_window', file.use_sliding_window === true],
    ['scale_attn_weights', file.scale_attn_weights === false],
    ['scale_attn_by_inverse_layer_idx', file.scale_attn_by_inverse_layer_idx === true],
    ['partial_rotary_factor', (file.partial_rotary_factor ?? 1) !== 1],
    ['quantization_config', (file.quantization_config ?? null) !== null],
  ]
  const other = others.find(([, isOther]) => isOther)
  if (!other) return
  const said = JSON.stringify(file[other[0]])?.slice(0, 100)
  throw configRefusal(
    `its ${other[0]} is ${said}, which is computed otherwise than here`,
    'Take a base without this setting; of packed weights take the original, or a GGUF file.',
  )
}

function wordsOf({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join('.') || 'the whole'}: ${issue?.message}`
}
