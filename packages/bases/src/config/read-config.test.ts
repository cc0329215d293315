import assert from 'node:assert/strict'
import test from 'node:test'
import { sizeOfShape } from '@consort/protocol'
import { layoutOfBase } from './layout-of-base.ts'
import { readConfig } from './read-config.ts'

/** As published with sentence-transformers/all-MiniLM-L6-v2. */
const miniLm = {
  ...{ architectures: ['BertModel'], model_type: 'bert', hidden_act: 'gelu', hidden_dropout_prob: 0.1 },
  ...{ hidden_size: 384, intermediate_size: 1536, layer_norm_eps: 1e-12, max_position_embeddings: 512 },
  ...{ num_attention_heads: 12, num_hidden_layers: 6, position_embedding_type: 'absolute' },
  ...{ type_vocab_size: 2, vocab_size: 30522 },
}
/** As published with meta-llama/Llama-3.2-1B. */
const llama = {
  ...{ model_type: 'llama', attention_bias: false, head_dim: 64, hidden_act: 'silu', hidden_size: 2048 },
  ...{ intermediate_size: 8192, max_position_embeddings: 131072, mlp_bias: false, num_attention_heads: 32 },
  ...{ num_hidden_layers: 16, num_key_value_heads: 8, rms_norm_eps: 1e-5, rope_theta: 500000 },
  ...{ tie_word_embeddings: true, vocab_size: 128256 },
  rope_scaling: {
    ...{ factor: 32, high_freq_factor: 4, low_freq_factor: 1, rope_type: 'llama3' },
    original_max_position_embeddings: 8192,
  },
}
/** As published with Qwen/Qwen2.5-0.5B. */
const qwen = {
  ...{ model_type: 'qwen2', hidden_act: 'silu', hidden_size: 896, intermediate_size: 4864 },
  ...{ max_position_embeddings: 32768, max_window_layers: 24, num_attention_heads: 14 },
  ...{ num_hidden_layers: 24, num_key_value_heads: 2, rms_norm_eps: 1e-6, rope_theta: 1000000 },
  ...{ sliding_window: 32768, tie_word_embeddings: true, use_sliding_window: false, vocab_size: 151936 },
}
/** As published with openai-community/gpt2. */
const gpt2 = {
  ...{ model_type: 'gpt2', activation_function: 'gelu_new', layer_norm_epsilon: 1e-5, n_ctx: 1024 },
  ...{ n_embd: 768, n_head: 12, n_layer: 12, n_positions: 1024, vocab_size: 50257 },
}

test('configs of the four families say what decides shapes and arithmetic', () => {
  assert.deepEqual(readConfig(miniLm), {
    ...{ family: 'bert', vocabulary: 30522, hidden: 384, layers: 6, heads: 12, intermediate: 1536 },
    ...{ positions: 512, normEpsilon: 1e-12, activation: 'gelu', tokenTypes: 2 },
  })
  assert.deepEqual(readConfig(llama), {
    ...{ family: 'llama', vocabulary: 128256, hidden: 2048, layers: 16, heads: 32, intermediate: 8192 },
    ...{ positions: 131072, normEpsilon: 1e-5, activation: 'silu', keyValueHeads: 8, headSize: 64 },
    rope: {
      theta: 500000,
      scaling: {
        ...{ kind: 'llama3', factor: 32, lowFrequencyFactor: 1, highFrequencyFactor: 4 },
        positionsBefore: 8192,
      },
    },
    ...{ tiedEmbeddings: true, attentionBias: false, feedForwardBias: false },
  })
  assert.deepEqual(readConfig(qwen), {
    ...{ family: 'qwen2', vocabulary: 151936, hidden: 896, layers: 24, heads: 14, intermediate: 4864 },
    ...{ positions: 32768, normEpsilon: 1e-6, activation: 'silu', keyValueHeads: 2, headSize: 64 },
    ...{ rope: { theta: 1000000, scaling: null }, tiedEmbeddings: true },
  })
  assert.deepEqual(readConfig(gpt2), {
    ...{ family: 'gpt2', vocabulary: 50257, hidden: 768, layers: 12, heads: 12, intermediate: 3072 },
    ...{ positions: 1024, normEpsilon: 1e-5, activation: 'gelu-tanh', tiedEmbeddings: true },
  })
})

test('the layout has as many numbers as the model cards say', () => {
  const numbers = (config: unknown): number =>
    layoutOfBase(readConfig(config))
      .map(({ shape }) => sizeOfShape(shape))
      .reduce((sum, count) => sum + count, 0)
  assert.equal(numbers(miniLm), 22_713_216)
  assert.equal(numbers(gpt2), 124_439_808)
  assert.equal(numbers(llama), 1_235_814_400)
  assert.equal(numbers(qwen), 494_032_768)
})

test('both spellings of rotary positions say the same', () => {
  const { rope_scaling, rope_theta, ...rest } = llama
  const newer = { ...rest, rope_parameters: { ...rope_scaling, rope_theta } }
  assert.deepEqual(readConfig(newer), readConfig(llama))
  const older = { ...llama, rope_scaling: { type: 'linear', factor: 2 } }
  const { rope } = readConfig(older) as { rope?: unknown }
  assert.deepEqual(rope, { theta: 500000, scaling: { kind: 'linear', factor: 2 } })
})

test('what is computed otherwise than here is refused by its name, with the way out', () => {
  const others: [unknown, RegExp][] = [
    [{ ...miniLm, model_type: 'deberta-v2' }, /model_type is deberta-v2/],
    [{ ...miniLm, position_embedding_type: 'relative_key' }, /position_embedding_type is "relative_key"/],
    [{ ...miniLm, is_decoder: true }, /is_decoder is true/],
    [{ ...miniLm, hidden_act: 'mish' }, /activation is mish/],
    [{ ...qwen, use_sliding_window: true }, /use_sliding_window is true/],
    [{ ...qwen, quantization_config: { bits: 4 } }, /quantization_config is {"bits":4}/],
    [{ ...llama, rope_scaling: { rope_type: 'yarn', factor: 4 } }, /stretched by yarn/],
    [{ ...llama, partial_rotary_factor: 0.5 }, /partial_rotary_factor is 0.5/],
    [{ ...gpt2, scale_attn_by_inverse_layer_idx: true }, /scale_attn_by_inverse_layer_idx/],
    [{ ...gpt2, tie_word_embeddings: false }, /tiedEmbeddings/],
  ]
  for (const [config, message] of others)
    assert.throws(() => readConfig(config), { code: 'weights-invalid', message, hint: /./ })
})

test('sizes that cannot be are refused', () => {
  const wrong: [unknown, RegExp][] = [
    [{ ...miniLm, hidden_size: 385 }, /heads: the hidden size is no multiple/],
    [{ ...miniLm, hidden_size: -384 }, /hidden/],
    [{ ...miniLm, hidden_size: 1e12 }, /hidden/],
    [{ ...miniLm, vocab_size: '30522' }, /vocab_size/],
    [{ ...miniLm, num_hidden_layers: undefined }, /layers/],
    [{ ...llama, num_key_value_heads: 5 }, /keyValueHeads/],
    [{ ...llama, head_dim: 63 }, /headSize/],
    [null, /the whole/],
    [[], /the whole|model_type/],
  ]
  for (const [config, message] of wrong)
    assert.throws(() => readConfig(config), { code: 'weights-invalid', message })
})
