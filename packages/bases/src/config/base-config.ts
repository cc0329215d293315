import { z } from 'zod'

/** No model is larger than this in any of its sizes; a config that says so is wrong. */
const size = z.int().min(1).max(16_777_216)
const epsilon = z.number().positive().max(1)

/** `gelu-tanh` is the approximation by tanh of gelu (Hendrycks and Gimpel 2016, section 2). */
const activation = z.enum(['gelu', 'gelu-tanh', 'relu', 'silu'])

/** Rotary positions (Su et al. 2021). `scaling` stretches them beyond the length of the pre-training. */
const rope = z.strictObject({
  theta: z.number().positive(),
  scaling: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('linear'), factor: z.number().min(1) }),
      z.strictObject({
        kind: z.literal('llama3'),
        factor: z.number().min(1),
        lowFrequencyFactor: z.number().positive(),
        highFrequencyFactor: z.number().positive(),
        positionsBefore: size,
      }),
    ])
    .nullable(),
})

const sizes = {
  vocabulary: size,
  /** Of the vector of one token (`hidden_size`). */
  hidden: size,
  layers: size.max(1024),
  heads: size.max(1024),
  /** Of the vector inside the feed-forward part (`intermediate_size`). */
  intermediate: size,
  /** The longest sequence, in tokens. */
  positions: size,
  normEpsilon: epsilon,
  activation,
}

const bert = z.strictObject({ family: z.literal('bert'), ...sizes, tokenTypes: size })

const gpt2 = z.strictObject({ family: z.literal('gpt2'), ...sizes, tiedEmbeddings: z.literal(true) })

const rotary = {
  ...sizes,
  /** Heads of keys and values; several heads of queries share one (Ainslie et al. 2023). */
  keyValueHeads: size.max(1024),
  /** Numbers of one head. */
  headSize: size,
  rope,
  /** The output layer is the table of embeddings. */
  tiedEmbeddings: z.boolean(),
}

const llama = z.strictObject({
  family: z.literal('llama'),
  ...rotary,
  /** q, k, v and o have biases. */
  attentionBias: z.boolean(),
  /** The feed-forward part has biases. */
  feedForwardBias: z.boolean(),
})

/** q, k and v have biases, o has none. */
const qwen2 = z.strictObject({ family: z.literal('qwen2'), ...rotary })

/** What decides shapes and arithmetic of a base model, and nothing else of its `config.json`. */
export const baseConfigSchema = z
  .discriminatedUnion('family', [bert, llama, qwen2, gpt2])
  .refine(config => 'headSize' in config || config.hidden % config.heads === 0, {
    path: ['heads'],
    message: 'the hidden size is no multiple of the heads',
  })
  .refine(config => !('headSize' in config) || config.headSize % 2 === 0, {
    path: ['headSize'],
    message: 'rotary positions turn pairs, so the size of a head is even',
  })
  .refine(config => !('keyValueHeads' in config) || config.heads % config.keyValueHeads === 0, {
    path: ['keyValueHeads'],
    message: 'the heads are no multiple of those of keys and values',
  })
export type BaseConfig = z.infer<typeof baseConfigSchema>
export type Family = BaseConfig['family']
export type ConfigOf<Of extends Family> = Extract<BaseConfig, { family: Of }>
