import { z } from 'zod'

/** No model is larger than this in any of its sizes; a config that says so is wrong. */
const size = z.int().min(1).max(16_777_216)

/** `gelu-tanh` is the approximation of gelu by tanh (Hendrycks, Gimpel 2016, section 2). */
const activation = z.enum(['gelu', 'gelu-tanh', 'relu', 'silu'])
export type BaseActivation = z.infer<typeof activation>

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
export type RopeSpec = z.infer<typeof rope>

const sizes = {
  vocabulary: size,
  /** Of the vector of one token. */
  hidden: size,
  layers: size.max(1024),
  heads: size.max(1024),
  /** Of the vector inside the feed-forward part. */
  intermediate: size,
  /** The longest sequence, in tokens. */
  positions: size,
  normEpsilon: z.number().positive().max(1),
  activation,
}

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

const families = z.discriminatedUnion('family', [
  z.strictObject({ family: z.literal('bert'), ...sizes, tokenTypes: size }),
  z.strictObject({
    family: z.literal('llama'),
    ...rotary,
    /** q, k, v and o have biases. */
    attentionBias: z.boolean(),
    /** The feed-forward part has biases. */
    feedForwardBias: z.boolean(),
  }),
  /** q, k and v have biases, o has none. */
  z.strictObject({ family: z.literal('qwen2'), ...rotary }),
  z.strictObject({ family: z.literal('gpt2'), ...sizes, tiedEmbeddings: z.literal(true) }),
])

/** What decides shapes and arithmetic of a base model, and nothing else of its `config.json`. */
export const baseConfigSchema = families.superRefine((config, context) => {
  const say = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
  if (!('headSize' in config)) {
    if (config.hidden % config.heads !== 0) say('heads', 'the hidden size is no multiple of the heads')
    return
  }
  if (config.headSize % 2 !== 0) say('headSize', 'rotary positions turn pairs, so the size of a head is even')
  if (config.heads % config.keyValueHeads !== 0)
    say('keyValueHeads', 'the heads are no multiple of those of keys and values')
})
export type BaseConfig = z.infer<typeof families>
export type BaseFamily = BaseConfig['family']
export type BaseConfigOf<Family extends BaseFamily> = Extract<BaseConfig, { family: Family }>
