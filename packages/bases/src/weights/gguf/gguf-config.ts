import { weightsRefusal } from '../weights-refusal.ts'
import type { GgufFile } from './read-gguf.ts'

/**
 * What a GGUF file says of shapes and arithmetic, as its `config.json` would say it. Throws `weights-invalid` where the
 * file does not say enough.
 */
export function configOfGguf(name: string, { metadata, tensors }: GgufFile): Record<string, unknown> {
  const architecture = metadata.get('general.architecture')
  if (architecture !== 'llama' && architecture !== 'qwen2' && architecture !== 'bert')
    throw weightsRefusal(
      name,
      `its architecture is ${architecture}`,
      'Read from GGUF are llama, qwen2 and bert; of gpt2 take the safetensors.',
    )
  if (tensors.has('rope_freqs.weight'))
    throw weightsRefusal(
      name,
      'it holds stretched rotary positions as a table, and not how they are stretched',
      'Give a folder with this file and the config.json of the model.',
    )
  const get = (key: string) => metadata.get(`${architecture}.${key}`)
  const rows = (tensor: string) => tensors.get(tensor)?.shape[0]
  const sizes = {
    model_type: architecture,
    vocab_size: rows('token_embd.weight'),
    hidden_size: get('embedding_length'),
    num_hidden_layers: get('block_count'),
    num_attention_heads: get('attention.head_count'),
    intermediate_size: get('feed_forward_length'),
    max_position_embeddings: get('context_length'),
  }
  if (architecture === 'bert')
    return {
      ...sizes,
      layer_norm_eps: decimal(get('attention.layer_norm_epsilon')),
      type_vocab_size: rows('token_types.weight'),
      is_decoder: get('attention.causal'),
    }
  return {
    ...sizes,
    num_key_value_heads: get('attention.head_count_kv'),
    head_dim: get('attention.key_length') ?? get('rope.dimension_count'),
    rms_norm_eps: decimal(get('attention.layer_norm_rms_epsilon')),
    rope_theta: decimal(get('rope.freq_base')),
    rope_scaling: scalingOf(get('rope.scaling.type'), get('rope.scaling.factor')),
    tie_word_embeddings: !tensors.has('output.weight'),
    attention_bias: tensors.has('blk.0.attn_q.bias'),
    mlp_bias: tensors.has('blk.0.ffn_up.bias'),
  }
}

/** Float32 as the decimal that somebody wrote: 1e-5, not 9.999999747378752e-6. */
const decimal = (value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(7)) : value

const scalingOf = (type: unknown, factor: unknown) =>
  type === undefined || type === 'none' ? undefined : { rope_type: type, factor: decimal(factor) }
